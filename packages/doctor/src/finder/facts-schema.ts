import { REFUSALS, type RefusalReason } from "@countersign/domain";
import { z } from "zod";
import type { FinderFacts } from "./facts.ts";

const MOST = 10_000;
const many = <T extends z.ZodType>(of: T) => z.array(of).max(MOST);
const atMs = z.number().int();

const dnsReason = z.enum(["DNS_NAME_NOT_FOUND", "DNS_NO_RECORDS", "DNS_SERVER_FAILURE", "TIMEOUT"]);
const refusalReason = z.enum(Object.keys(REFUSALS) as [RefusalReason, ...RefusalReason[]]);
const requiredCount = z.object({ keyGroup: z.number().int(), requiredCount: z.number().int() });

const certifiedHost = z.object({
  hostId: z.string(),
  instanceId: z.string(),
  nodeId: z.string(),
  laterNodeId: z.string(),
  customerId: z.string(),
  certificateSerial: z.string(),
  notAfterMs: atMs,
  softwareVersion: z.string(),
  port: z.number().int(),
  serverTimeMs: atMs,
  keyGroups: many(z.number().int()),
  siteRequired: many(requiredCount),
  counts: many(z.object({ applicationId: z.string(), currentCount: z.number().int() })),
});

const endpointAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("certified"), publisherId: z.string(), host: certifiedHost }),
  z.object({ kind: z.literal("unverified"), publisherId: z.string(), reason: refusalReason, detail: z.string() }),
  z.object({ kind: z.literal("refusal"), publisherId: z.string(), reason: z.string(), message: z.string() }),
  z.object({ kind: z.literal("foreign"), detail: z.string() }),
  z.object({ kind: z.literal("connected") }),
  z.object({ kind: z.literal("failure"), reason: z.enum(["HOST_UNREACHABLE", "TIMEOUT"]), detail: z.string() }),
]);

const endpoint = z.object({ address: z.string(), answers: many(endpointAnswer), alive: z.string().optional() });

const nameAnswer = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("records"),
    owner: z.string(),
    records: many(
      z.object({
        target: z.string(),
        port: z.number().int(),
        priority: z.number().int(),
        weight: z.number().int(),
      }),
    ),
  }),
  z.object({ kind: z.literal("none"), reason: dnsReason, detail: z.string() }),
]);

const domain = z.object({
  domain: z.string(),
  zone: z.string(),
  primary: z.string(),
  names: many(
    z.object({
      name: z.string(),
      service: z.enum(["own", "generic", "microsoft"]),
      publisherId: z.string(),
      answer: nameAnswer,
    }),
  ),
});

const target = z.object({
  target: z.string(),
  port: z.number().int(),
  service: z.enum(["countersign", "microsoft"]),
  resolution: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("addresses"), endpoints: many(endpoint), notProbed: z.number().int() }),
    z.object({ kind: z.literal("none"), reason: dnsReason, detail: z.string(), lastKnown: endpoint.optional() }),
    z.object({ kind: z.literal("not-probed") }),
  ]),
});

/** FinderFacts as they come from outside: the same shape, nothing believed. */
export const finderFacts: z.ZodType<FinderFacts> = z.object({
  atMs,
  publishers: many(
    z.object({
      publisherId: z.string(),
      name: z.string(),
      applications: many(z.object({ applicationId: z.string(), name: z.string(), products: many(requiredCount) })),
    }),
  ),
  ownHosts: many(
    z.object({ host: z.string(), customers: many(z.object({ publisherId: z.string(), customerId: z.string() })) }),
  ),
  domains: many(domain),
  targets: many(target),
  uses: many(
    z.object({
      host: z.string(),
      from: z.enum(["client-log", "host-log"]),
      machine: z.string(),
      cmid: z.string(),
      lastMs: atMs,
      resultCode: z.number(),
    }),
  ),
}) as z.ZodType<FinderFacts>;
