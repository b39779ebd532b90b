import type { MachineDomain } from "../../host-resolver.ts";
import { realDomain } from "./linux-domain.ts";

/** The domain of the first resolver in `scutil --dns`, or its first search domain. Read from captured output only: not run on a Mac. */
export function readMacosDomain(scutilDns: string): MachineDomain | undefined {
  const [, first = ""] = scutilDns.split(/^resolver #1$/m);
  const resolver = first.split(/^resolver #/m)[0] ?? "";
  const found = /^\s*search domain\[0\]\s*:\s*(\S+)/m.exec(resolver) ?? /^\s*domain\s*:\s*(\S+)/m.exec(resolver);
  const domain = realDomain(found?.[1] ?? "");
  return domain === undefined ? undefined : { domain, origin: "scutil" };
}
