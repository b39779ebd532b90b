import {
  type ClientMachineId,
  COMPONENT_BYTES,
  COMPONENT_KIND,
  type ComponentKind,
  type Cryptography,
  clientMachineIdFrom,
  componentOf,
  isZero,
  type PackedComponents,
  packComponents,
  scoreComponents,
  toHex,
} from "@countersign/domain";
import type { MachineReading } from "./machine-identity.ts";
import type { ClientIdentity } from "./trusted-state.ts";

/** By the identity of what was read: an attempt compares one reading with the machine, with each lease, and sends it. */
const vectors = new WeakMap<MachineReading["components"], Map<string, PackedComponents>>();

/** The vector of the live machine under a salt: what a request commits to. */
export function vectorOf(live: MachineReading, salt: Uint8Array, cryptography: Cryptography): PackedComponents {
  const bySalt = vectors.get(live.components) ?? new Map<string, PackedComponents>();
  const name = toHex(salt);
  const known = bySalt.get(name);
  if (known !== undefined) return known;
  const components = live.components.map(({ kind, value }) => componentOf(kind, value, salt, cryptography.hmacSha256));
  const vector = packComponents(components.slice(0, 8));
  vectors.set(live.components, bySalt.set(name, vector));
  return vector;
}

/** A new CMID with its own salt (protocol.md §7.1). */
export function drawIdentity(live: MachineReading, cryptography: Cryptography): ClientIdentity {
  const salt = cryptography.random(16);
  return {
    cmid: clientMachineIdFrom(cryptography.random(16)),
    salt,
    components: vectorOf(live, salt, cryptography),
    vmGenerationId: live.vmGenerationId,
  };
}

/** The identity of a generalized image: none. Every machine that starts from it draws its own (protocol.md §7.1). */
export function blankIdentity(): ClientIdentity {
  const none = new Uint8Array(16);
  // Not through clientMachineIdFrom: a CMID that was drawn is never all zeros.
  return { cmid: none as ClientMachineId, salt: none, components: packComponents([]), vmGenerationId: "" };
}

/** True in a generalized image that has not started since. */
export function isBlank({ cmid }: ClientIdentity): boolean {
  return isZero(cmid);
}

/**
 * True when the store was copied or moved to another machine (protocol.md §7.3): the SMBIOS UUID differs or, where it
 * cannot be read, both the MAC and the VM generation id do.
 */
export function isOtherMachine(known: ClientIdentity, live: MachineReading, cryptography: Cryptography): boolean {
  const vector = vectorOf(live, known.salt, cryptography);
  const smbios = compare("smbiosUuid", known.components, vector);
  if (smbios !== "unknown") return smbios === "differs";
  const generations = [known.vmGenerationId, live.vmGenerationId];
  const otherGeneration = !generations.includes("") && generations[0] !== generations[1];
  return otherGeneration && compare("primaryMac", known.components, vector) === "differs";
}

/** Local drift (protocol.md §7.2): share of the weight of kinds in both that agrees; undefined when no kind is. */
export function driftScore(
  bound: ClientIdentity,
  live: MachineReading,
  cryptography: Cryptography,
): number | undefined {
  return scoreComponents(bound.components, vectorOf(live, bound.salt, cryptography), "all");
}

/** The 9-byte components of a packed vector, as a request lists them. */
export function unpackComponents(packed: PackedComponents): readonly Uint8Array[] {
  const count = Math.floor(packed.length / COMPONENT_BYTES);
  return Array.from({ length: count }, (_, i) => packed.slice(i * COMPONENT_BYTES, (i + 1) * COMPONENT_BYTES));
}

function compare(kind: ComponentKind, a: PackedComponents, b: PackedComponents): "same" | "differs" | "unknown" {
  const left = hashOf(kind, a);
  const right = hashOf(kind, b);
  if (left === undefined || right === undefined) return "unknown";
  return left === right ? "same" : "differs";
}

function hashOf(kind: ComponentKind, packed: PackedComponents): string | undefined {
  return unpackComponents(packed)
    .find((component) => component[0] === COMPONENT_KIND[kind].number)
    ?.join();
}
