import type { Sha256 } from "../cryptography.ts";
import type { PublisherId } from "../identifiers.ts";

/** The service and protocol labels of our SRV records (protocol.md §11.1): never those of another product. */
export const SERVICE_LABELS = "_countersign._tcp";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const TAG_SYMBOLS = 8;

/** The publisher's tag in DNS: the first 8 base32 symbols (RFC 4648, lower case) of SHA-256(publisher id). */
export function publisherTag(publisherId: PublisherId, sha256: Sha256): string {
  let bits = 0n;
  for (const byte of sha256(publisherId).subarray(0, 5)) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: TAG_SYMBOLS }, (_, i) => {
    const place = BigInt(5 * (TAG_SYMBOLS - 1 - i));
    return BASE32[Number((bits >> place) & 31n)];
  }).join("");
}

/** The owner names of one domain. The publisher's own is asked first, so that no other vendor's host is. */
export interface ServiceNames {
  /** `_<tag>._sub._countersign._tcp.<domain>`. */
  readonly own: string;
  /** `_countersign._tcp.<domain>`. */
  readonly generic: string;
}

/** The two owner names of a domain, without a final dot. */
export function serviceNames(domain: string, tag: string): ServiceNames {
  const generic = `${SERVICE_LABELS}.${domain.replace(/\.$/, "")}`;
  return { own: `_${tag}._sub.${generic}`, generic };
}

/** A domain as a person or a machine named it: each label 1 to 63 of a-z 0-9 - _ in A-labels, 253 characters in all. */
export function readDomain(text: string): string | undefined {
  const domain = text.trim().replace(/\.$/, "").toLowerCase();
  // The longest owner name of ours must fit as well: RFC 1035 §2.3.4.
  if (domain.length === 0 || domain.length > 253 - `_12345678._sub.${SERVICE_LABELS}.`.length) return undefined;
  return domain.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)) ? domain : undefined;
}
