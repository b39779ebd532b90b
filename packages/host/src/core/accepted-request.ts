import type { ActivateRequest, StatementType } from "@countersign/protocol";
import type { MachineRow } from "@countersign/storage";
import type { ProductPlace, Seat } from "./seat.ts";

/** A request that passed the door: narrowed, within its limits, its publisher found. */
export interface AcceptedRequest {
  readonly lane: string;
  readonly request: ActivateRequest;
  readonly requestHash: Uint8Array; // 32
  readonly address: string;
  /** undefined: this host serves nobody yet. */
  readonly seat: Seat | undefined;
}

/** The same while its batch is decided. */
export interface PlacedRequest extends AcceptedRequest {
  readonly seat: Seat;
  readonly place: ProductPlace | undefined;
  readonly machine: MachineRow | undefined;
}

/** A leaf to be proved once the batch is committed. */
export interface Statement {
  readonly statementType: StatementType;
  readonly payload: Uint8Array;
}
