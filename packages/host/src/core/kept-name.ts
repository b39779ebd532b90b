import { type HostSettings, toHex } from "@countersign/domain";
import type { HostParts } from "./host-parts.ts";
import type { Seat } from "./seat.ts";

const LABEL = new TextEncoder().encode("countersign/client-name\0");
const HASH_BYTES = 6;

/**
 * A client's name as this host keeps it (`privacy.clientNames`): as it is, not at all, or as a word that tells machines
 * apart and only this host can make from the name.
 */
export function keptName(
  name: string,
  policy: HostSettings["clientNames"],
  seat: Seat | undefined,
  { cryptography }: Pick<HostParts, "cryptography">,
): string {
  if (policy === "on" || name === "") return name;
  if (policy === "off" || seat === undefined || seat.lineageKey.length === 0) return "";
  const text = new TextEncoder().encode(name.toLowerCase());
  const hash = cryptography.hmacSha256(seat.lineageKey, new Uint8Array([...LABEL, ...text]));
  return `name-${toHex(hash.slice(0, HASH_BYTES))}`;
}
