import { type Brand, fromUuid, toUuid } from "./identifiers.ts";

/** CMID: 16 random bytes of one installation (machine x publisher), never derived from hardware (protocol.md §7.1). */
export type ClientMachineId = Brand<Uint8Array, "ClientMachineId">;

/** A CMID from 16 random bytes: the version and variant bits of a UUIDv4 set. */
export function clientMachineIdFrom(random: Uint8Array): ClientMachineId {
  const id = random.slice(0, 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id;
}

/** As administrators read it: a lower-case UUID. */
export function clientMachineIdText(id: ClientMachineId): string {
  return toUuid(id);
}

/** Undefined when the text is no UUID. */
export function parseClientMachineId(text: string): ClientMachineId | undefined {
  return fromUuid(text);
}
