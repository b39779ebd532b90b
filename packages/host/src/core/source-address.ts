const OWN_NETWORKS =
  /^(?:|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*|169\.254\..*|::1|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)$/i;

/** True for loopback, private and link-local addresses and for Unix peers (""). */
export function isOwnNetwork(address: string): boolean {
  return OWN_NETWORKS.test(plainAddress(address));
}

/** What per-source limits count by: an IPv4 address, or the /64 of an IPv6 address (protocol.md §5.6). */
export function sourceOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail = ""] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const gap = plain.includes("::") ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array.from({ length: gap }, () => "0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** An IPv4 address that came mapped into IPv6 is the same source. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
