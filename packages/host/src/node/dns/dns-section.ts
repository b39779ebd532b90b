import { readDomain } from "@countersign/domain";
import { encodeDnsName, TSIG_ALGORITHMS, type TsigAlgorithm } from "@countersign/protocol";
import { z } from "zod";
import { dnsServerOf } from "./dns-server-text.ts";
import { LEAST_SECRET_BYTES, secretBytes } from "./tsig-secret.ts";

/** What `host.yaml` says of DNS; secrets are where it says they are. */
export interface DnsSection {
  readonly hostName: string | undefined;
  readonly servers: readonly string[];
  readonly subName: boolean;
  readonly unpublishOnStop: boolean;
  /** undefined: the domain of the host's own name. */
  readonly domains: readonly DnsSectionDomain[] | undefined;
}

/** One domain of it. */
export interface DnsSectionDomain {
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
  readonly ttl: number;
  readonly server: string | undefined;
  readonly key: DnsSectionKey | undefined;
}

/** A TSIG key, its secret in the file itself or in one of its own. */
export interface DnsSectionKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: string | undefined;
  readonly secretFile: string | undefined;
}

const server = z
  .string("an address of a DNS server, with its port where it is not 53")
  .refine((text) => dnsServerOf(text) !== undefined, "an address of a DNS server, with its port where it is not 53");
const domainName = z.string("a domain").transform((text, context) => {
  const domain = readDomain(text);
  if (domain === undefined) context.addIssue({ code: "custom", message: "a domain, international names as xn--" });
  return domain ?? "";
});
const key = z
  .strictObject({
    name: z.string("a key's name").refine(isDnsName, "a key's name"),
    algorithm: z.enum(TSIG_ALGORITHMS, TSIG_ALGORITHMS.join(", ")).default("hmac-sha256"),
    secret: z
      .string("a secret in base64")
      .refine((text) => secretBytes(text) !== undefined, `a secret of at least ${LEAST_SECRET_BYTES} bytes in base64`)
      .optional(),
    secretFile: z
      .string("an absolute path")
      .regex(/^([/\\]|[A-Za-z]:[/\\])/, "an absolute path")
      .optional(),
  })
  .refine(({ secret, secretFile }) => (secret === undefined) !== (secretFile === undefined), {
    message: "either secret or secretFile",
  });
const domain = z.strictObject({
  name: domainName,
  priority: within(0, 65_535).default(0),
  weight: within(0, 65_535).default(0),
  ttl: within(60, 86_400).default(3_600),
  server: server.optional(),
  key: key.optional(),
});

/** THE form of the section `dns`. */
export const DNS_SCHEMA = z.strictObject({
  hostName: domainName.optional(),
  servers: z.array(server, "a list of addresses").default([]),
  subName: z.boolean("true or false").default(true),
  unpublishOnStop: z.boolean("true or false").default(false),
  domains: z
    .array(domain, "a list of domains")
    .max(64, "at most 64 domains")
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "each domain once")
    .optional(),
});

function isDnsName(text: string): boolean {
  try {
    return encodeDnsName(text).length > 1;
  } catch {
    return false;
  }
}

function within(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.int(expected).min(least, expected).max(most, expected);
}
