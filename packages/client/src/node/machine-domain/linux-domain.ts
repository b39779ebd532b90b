import { readDomain } from "@countersign/domain";
import type { MachineDomain } from "../../host-resolver.ts";

/** What a Linux machine says of its name and its resolver. */
export interface LinuxDomainCapture {
  readonly hostname: string;
  /** Text of /etc/hosts. */
  readonly hosts: string;
  /** Text of /etc/resolv.conf. */
  readonly resolvConf: string;
}

/** The domain of the full name, else the `domain` or the first `search` of resolv.conf (protocol.md §11.3). */
export function readLinuxDomain({ hostname, hosts, resolvConf }: LinuxDomainCapture): MachineDomain | undefined {
  const full = hostname.includes(".") ? hostname : fullNameIn(hosts, hostname);
  const ofName = realDomain(full.split(".").slice(1).join("."));
  if (ofName !== undefined) return { domain: ofName, origin: "fqdn" };
  const ofResolver = realDomain(resolverDomain(resolvConf));
  return ofResolver === undefined ? undefined : { domain: ofResolver, origin: "resolv.conf" };
}

/** What installers write where there is no domain. */
const PLACEHOLDERS = ["localdomain", "localhost", "local", "invalid"];

/** Undefined for what is no domain, or stands for none. */
export function realDomain(text: string): string | undefined {
  const domain = readDomain(text);
  return domain === undefined || PLACEHOLDERS.includes(domain) ? undefined : domain;
}

/** The first name of a line is the canonical one: what `hostname --fqdn` prints. */
function fullNameIn(hosts: string, hostname: string): string {
  const lines = hosts.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
  const named = lines.find(
    (names) => names.includes(hostname) && names.some((name) => name.startsWith(`${hostname}.`)),
  );
  return named?.find((name) => name.startsWith(`${hostname}.`)) ?? "";
}

/** `domain` and `search` exclude each other, and the last one counts (resolv.conf(5)). */
function resolverDomain(resolvConf: string): string {
  const lines = resolvConf.split("\n").map((line) => line.trim().split(/\s+/));
  const [, first = ""] = lines.findLast(([word]) => word === "domain" || word === "search") ?? [];
  return first;
}
