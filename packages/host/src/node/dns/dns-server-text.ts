import { isIP } from "node:net";
import type { DnsServer } from "./tcp-exchange.ts";

const DNS_PORT = 53;

/** `10.0.0.53`, `10.0.0.53:5353`, `fd00::53`, `[fd00::53]:5353`; undefined: it is none of them. */
export function dnsServerOf(text: string): DnsServer | undefined {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT };
  const [, six, four, digits = String(DNS_PORT)] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const [address, port] = [six ?? four ?? "", Number(digits)];
  const isAddress = isIP(address) === (six === undefined ? 4 : 6);
  return isAddress && port >= 1 && port <= 65_535 ? { address, port } : undefined;
}
