import { isAddress, parseHostAddress } from "./host-address.ts";

const MOST_SERVERS = 4;
const DNS_PORT = 53;

/** The DNS servers to ask, as `ip:port`, from a list or a text with commas between; undefined: something else is in it. */
export function readDnsServers(json: unknown): readonly string[] | undefined {
  const words = typeof json === "string" ? json.split(/[\s,]+/).filter((word) => word !== "") : json;
  if (!Array.isArray(words) || words.length > MOST_SERVERS) return undefined;
  const servers = words.map((word) => (typeof word === "string" ? serverText(word) : undefined));
  return servers.every((server) => server !== undefined) ? servers : undefined;
}

/** An address and never a name: who looks up names cannot be looked up. */
function serverText(text: string): string | undefined {
  const bare = isIpv6(text) ? `[${text}]` : text;
  const parsed = parseHostAddress(bare);
  if (!parsed.ok || !isAddress(parsed.host)) return undefined;
  const { host } = parsed;
  if ((bare.startsWith("[") || host.includes(":")) && !isIpv6(host)) return undefined;
  const port = /\]$|^[^:]+$/.test(bare) ? DNS_PORT : parsed.port;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Eight groups, or fewer around one `::`. */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (!text.includes(":") || halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const isRight = groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group));
  return isRight && (halves.length === 2 ? groups.length <= 7 : groups.length === 8);
}
