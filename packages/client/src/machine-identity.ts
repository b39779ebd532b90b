import type { ComponentKind } from "@countersign/domain";

/** One characteristic of a machine in clear; it never leaves the process, only its keyed hash does (protocol.md §7.2). */
export interface MachineComponent {
  readonly kind: ComponentKind;
  readonly value: string;
}

/** What a machine says of itself. Characteristics that could not be read, or were placeholders, are absent. */
export interface MachineReading {
  readonly components: readonly MachineComponent[];
  /** `[A-Za-z0-9._-]{1,63}`, or "" when the machine has no such name. */
  readonly computerName: string;
  readonly isVirtual: boolean;
  readonly isContainer: boolean;
  /** Changes when a virtual machine is cloned or restored from a snapshot; "" where it cannot be read. */
  readonly vmGenerationId: string;
}

/** Reads the live machine; never rejects for a characteristic that cannot be read. */
export interface MachineIdentity {
  read(): Promise<MachineReading>;
}
