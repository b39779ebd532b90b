import type { HostTarget } from "./transport.ts";

/** The activation port (behaviour.md, architecture "Ports and places"). */
export const DEFAULT_HOST_PORT = 1688;

/** A host as a person or a configuration named it: `name`, `name:port`, `:port`, IPv4, `[IPv6]`, `[IPv6]:port`. */
export type ParsedHostAddress =
  | { readonly ok: true; readonly host: string; readonly port: number }
  | {
      readonly ok: false;
      readonly problem: "empty" | "port" | "ipv6-without-brackets" | "name";
      readonly found: string;
    };

/** Reads an address. `:port` keeps the host of `before` (R§2.6); a name without port clears the port to the default. */
export function parseHostAddress(text: string, before?: HostTarget): ParsedHostAddress {
  const typed = text.trim();
  const bracketed = /^\[([0-9A-Fa-f:.%]+)\](?::(.*))?$/.exec(typed);
  if (bracketed !== null) return withPort(bracketed[1] ?? "", bracketed[2], typed);
  const colons = typed.split(":").length - 1;
  if (colons > 1) return { ok: false, problem: "ipv6-without-brackets", found: typed };
  const [name = "", port] = colons === 0 ? [typed] : typed.split(":");
  if (name === "" && port === undefined) return { ok: false, problem: "empty", found: typed };
  if (name === "") return before ? withPort(before.host, port, typed) : { ok: false, problem: "empty", found: typed };
  if (!/^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?$/.test(name))
    return { ok: false, problem: "name", found: typed };
  return withPort(name, port, typed);
}

/** `name:port`, with brackets around IPv6. */
export function formatHostTarget(target: HostTarget): string {
  return target.host.includes(":") ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
}

/** True for an IPv4 or IPv6 address: nothing is to be looked up. */
export function isAddress(host: string): boolean {
  return host.includes(":") || isIpv4(host);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

function withPort(host: string, port: string | undefined, found: string): ParsedHostAddress {
  if (port === undefined) return { ok: true, host, port: DEFAULT_HOST_PORT };
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65_535 ? { ok: true, host, port: number } : { ok: false, problem: "port", found };
}
