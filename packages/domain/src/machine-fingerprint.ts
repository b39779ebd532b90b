import type { HmacSha256, Sha256 } from "./cryptography.ts";
import { concatBytes } from "./identifiers.ts";
import { asciiBytes, pae } from "./pae.ts";

/** Component kinds of protocol.md §7.2. Hardware kinds tell a clone; disk-borne ones travel with an image. */
export const COMPONENT_KIND = {
  smbiosUuid: { number: 1, weight: 4, hardware: true },
  tpmEndorsement: { number: 2, weight: 4, hardware: true },
  primaryMac: { number: 3, weight: 2, hardware: true },
  boardSerial: { number: 4, weight: 1, hardware: true },
  osInstallId: { number: 5, weight: 3, hardware: false },
  rootVolumeId: { number: 6, weight: 2, hardware: false },
  cpuModel: { number: 7, weight: 1, hardware: false },
} as const;

/** The name of a component kind. */
export type ComponentKind = keyof typeof COMPONENT_KIND;

/** Bytes of one component: kind (1) and keyed hash (8). */
export const COMPONENT_BYTES = 9;

/** The 9-byte components, sorted, one after the other. */
export type PackedComponents = Uint8Array;

const BY_NUMBER = new Map<number, { readonly weight: number; readonly hardware: boolean }>(
  Object.values(COMPONENT_KIND).map((kind) => [kind.number, kind]),
);

/** One component: kind byte and the first 8 bytes of HMAC(salt, kind || value); the salt hides the value and unlinks CMIDs. */
export function componentOf(kind: ComponentKind, value: string, salt: Uint8Array, hmac: HmacSha256): Uint8Array {
  const { number } = COMPONENT_KIND[kind];
  const printable = asciiBytes(value.replace(/[^\x20-\x7e]/g, "?"));
  return concatBytes(Uint8Array.of(number), hmac(salt, concatBytes(Uint8Array.of(number), printable)).slice(0, 8));
}

/** Sorted by kind, then hash. */
export function packComponents(components: readonly Uint8Array[]): PackedComponents {
  return concatBytes(...[...components].sort(compareBytes));
}

/** The commitment a lease binds: 32 bytes. */
export function fingerprintOf(packed: PackedComponents, sha256: Sha256): Uint8Array {
  return sha256(pae("application/vnd.countersign.fpv.v1", packed));
}

/** Share of the weight of kinds present in both that agrees, 0..1; undefined when no kind is in both. */
export function scoreComponents(
  a: PackedComponents,
  b: PackedComponents,
  only: "hardware" | "all",
): number | undefined {
  const left = byKind(a);
  let present = 0;
  let equal = 0;
  for (const [kind, value] of byKind(b)) {
    const row = BY_NUMBER.get(kind);
    const other = left.get(kind);
    if (row === undefined || other === undefined || (only === "hardware" && !row.hardware)) continue;
    present += row.weight;
    if (other === value) equal += row.weight;
  }
  return present === 0 ? undefined : equal / present;
}

/** `same` of protocol.md §7.4: hardware score of at least one half; no kind in both means not same, unless both are empty. */
export function isSameHardware(a: PackedComponents, b: PackedComponents): boolean {
  if (a.length === 0 && b.length === 0) return true;
  return (scoreComponents(a, b, "hardware") ?? 0) >= 0.5;
}

function byKind(packed: PackedComponents): ReadonlyMap<number, string> {
  const kinds = new Map<number, string>();
  for (let offset = 0; offset + COMPONENT_BYTES <= packed.length; offset += COMPONENT_BYTES) {
    kinds.set(packed[offset] ?? 0, packed.subarray(offset + 1, offset + COMPONENT_BYTES).join());
  }
  return kinds;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
  return a.length - b.length;
}
