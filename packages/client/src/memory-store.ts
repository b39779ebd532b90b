import type { LoadedStore, SaveOutcome, StoreMarker, StoreProblem, TrustedStore } from "./trusted-store.ts";

/** A trusted store in memory: the twin of the file adapter for simulators and tests. `fail` makes the next saves refuse. */
export interface MemoryTrustedStore extends TrustedStore {
  fail(problem: StoreProblem | undefined): void;
  /** What a snapshot of the machine's disk would hold; undefined before the first save. */
  snapshot(): { readonly body: Uint8Array; readonly marker: StoreMarker } | undefined;
  /** Puts a snapshot back, as a restored virtual machine has it. */
  restore(snapshot: { readonly body: Uint8Array; readonly marker: StoreMarker } | undefined): void;
}

/** Starts empty, or from what `snapshot` of another one gave. */
export function memoryTrustedStore(start?: ReturnType<MemoryTrustedStore["snapshot"]>): MemoryTrustedStore {
  let saved = start;
  let problem: StoreProblem | undefined;
  return {
    load: async (): Promise<LoadedStore> =>
      saved === undefined
        ? { kind: "absent", marker: undefined }
        : { kind: "found", body: saved.body, recovered: false, marker: saved.marker },
    save: async (write): Promise<SaveOutcome> => {
      if (problem !== undefined) return { ok: false, problem };
      saved = write;
      return { ok: true };
    },
    close: async () => undefined,
    fail: (next) => {
      problem = next;
    },
    snapshot: () => saved,
    restore: (snapshot) => {
      saved = snapshot;
    },
  };
}
