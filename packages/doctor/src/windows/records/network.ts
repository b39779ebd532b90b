import type { Cited } from "./cite.ts";

/** One SRV record as an answer or a zone holds it. */
export interface SrvFound {
  readonly name: string;
  readonly target: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
  readonly ttlSeconds?: number;
}

/** An answer that nslookup, dig or Resolve-DnsName printed. */
export interface DnsAnswerRecord extends Cited {
  readonly kind: "dns answer";
  readonly tool: "nslookup" | "dig" | "Resolve-DnsName";
  readonly question?: string;
  readonly server?: string;
  readonly srv: readonly SrvFound[];
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  /** Where there was none. */
  readonly failure?: "no such name" | "no such record" | "server failed" | "refused" | "timed out";
}

/** Records of a zone as its server keeps them: Get-DnsServerResourceRecord. */
export interface ZoneRecord extends Cited {
  readonly kind: "zone";
  readonly srv: readonly SrvFound[];
}

/** One try at a port: Test-NetConnection, nmap, portqry, psping. */
export interface PortProbeRecord extends Cited {
  readonly kind: "port probe";
  readonly tool: "Test-NetConnection" | "nmap" | "portqry" | "psping";
  readonly target: string;
  readonly address?: string;
  readonly port: number;
  readonly outcome: "open" | "refused" | "filtered" | "unresolved";
}

/** A line of netstat: something listens there. */
export interface ListenerRecord extends Cited {
  readonly kind: "listener";
  readonly address: string;
  readonly port: number;
  readonly processId?: number;
}

/** `ipconfig /all`. Its host name is the record's machine. */
export interface NetworkRecord extends Cited {
  readonly kind: "network";
  readonly primarySuffix?: string;
  readonly searchList: readonly string[];
  readonly adapters: readonly {
    readonly name: string;
    readonly isConnected: boolean;
    readonly suffix?: string;
    readonly addresses: readonly string[];
    readonly dnsServers: readonly string[];
  }[];
}

/** One firewall rule, from netsh or Get-NetFirewallRule. */
export interface FirewallRuleRecord extends Cited {
  readonly kind: "firewall rule";
  readonly name: string;
  readonly isEnabled?: boolean;
  readonly isInbound?: boolean;
  readonly isAllowed?: boolean;
  readonly profiles?: readonly string[];
  readonly localPort?: string;
}
