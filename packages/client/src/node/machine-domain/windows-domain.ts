import type { MachineDomain } from "../../host-resolver.ts";
import { realDomain } from "./linux-domain.ts";

/** What Windows says, as its own tools print it. Read from captured output only: not run on Windows. */
export interface WindowsDomainCapture {
  /** `reg query HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`. */
  readonly tcpip: string;
  /** `Get-CimInstance Win32_ComputerSystem | Format-List PartOfDomain,Domain`. */
  readonly computerSystem: string;
}

/** Primary DNS suffix, AD domain, then the domain DHCP gave (protocol.md §11.3). */
export function readWindowsDomain({ tcpip, computerSystem }: WindowsDomainCapture): MachineDomain | undefined {
  const isMember = /^PartOfDomain\s*:\s*True\s*$/m.test(computerSystem);
  const member = isMember ? (/^Domain\s*:\s*(\S+)\s*$/m.exec(computerSystem)?.[1] ?? "") : "";
  const ways = [
    [registryText(tcpip, "NV Domain") || registryText(tcpip, "Domain"), "primary-suffix"],
    [member, "ad-domain"],
    [registryText(tcpip, "DhcpDomain"), "dhcp"],
  ] as const;
  for (const [text, origin] of ways) {
    const domain = realDomain(text);
    if (domain !== undefined) return { domain, origin };
  }
  return undefined;
}

function registryText(printed: string, name: string): string {
  return new RegExp(`^\\s+${name}\\s+REG_SZ[ \\t]+(\\S+)\\s*$`, "m").exec(printed)?.[1] ?? "";
}
