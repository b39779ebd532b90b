/** What survives beside the store, so that deleting the store gives no second initial grace and no second set of rearms. */
export interface StoreMarker {
  /** The most of any product; it stands for all of them in a marker that lists none. */
  readonly rearmsUsed: number;
  /** Rearms used, by product id: every product the store ever held. */
  readonly products?: Readonly<Record<number, number>>;
}

/** What a store could give when it was opened. */
export type LoadedStore =
  | {
      readonly kind: "found";
      readonly body: Uint8Array;
      /** True when the newest generation was torn and the one before it was taken. */
      readonly recovered: boolean;
      readonly marker: StoreMarker | undefined;
    }
  /** Nothing there: a first run, or (with a marker) a store that somebody removed. */
  | { readonly kind: "absent"; readonly marker: StoreMarker | undefined }
  /** Both generations were invalid and were set aside under the name `quarantine`. */
  | { readonly kind: "damaged"; readonly quarantine: string; readonly marker: StoreMarker | undefined }
  /** Written by a later version, or not readable at all: nothing was touched and nothing may be written. */
  | { readonly kind: "unusable"; readonly problem: StoreProblem };

/** Why a store took no write. `detail` says what was found. */
export interface StoreProblem {
  readonly problem: "full" | "read-only" | "in-use" | "newer" | "unavailable";
  readonly detail: string;
}

/** One write: the body carries its own generation. */
export interface StoreWrite {
  readonly body: Uint8Array;
  readonly marker: StoreMarker;
}

/** Saved for good, or not at all. */
export type SaveOutcome = { readonly ok: true } | { readonly ok: false; readonly problem: StoreProblem };

/**
 * The client's evidence at rest (protocol.md §9): one opaque body, replaced as a whole.
 *
 * Durability: what `save` answered ok for survives a crash; a crash inside leaves the body before or the new one, both whole.
 * Concurrency: one writer a store; a second process may load, its saves answer "in-use".
 * Faults: a full, read-only or broken disk is a StoreProblem, never a rejection; the body before stays in force.
 */
export interface TrustedStore {
  load(): Promise<LoadedStore>;
  save(write: StoreWrite): Promise<SaveOutcome>;
  /** Lets the next writer in. */
  close(): Promise<void>;
}
