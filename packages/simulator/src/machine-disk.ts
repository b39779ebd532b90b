import { type MemoryTrustedStore, memoryTrustedStore, type TrustedStore } from "@countersign/client";
import type { SeededRandom } from "@countersign/testkit";

/** What is on a disk: a snapshot of the client's store. */
export type DiskImage = ReturnType<MemoryTrustedStore["snapshot"]>;

/** A disk that can be copied, put back, and lose its power while it writes. */
export interface MachineDisk extends Pick<MemoryTrustedStore, "snapshot" | "restore"> {
  /** The store as the client has it until the power next goes. */
  mount(): TrustedStore;
  /** Resolves when the power goes. */
  powerCut(): Promise<"power cut">;
}

/** Starts from an image; `crashPct` of its writes meet a power cut, one half of them after the write was whole. */
export function machineDisk(image: DiskImage, random: SeededRandom, crashPct: number): MachineDisk {
  const disk = memoryTrustedStore(image);
  let cut = Promise.withResolvers<"power cut">();
  return {
    snapshot: disk.snapshot,
    restore: disk.restore,
    powerCut: () => cut.promise,
    mount: () => {
      cut = Promise.withResolvers();
      const { resolve } = cut;
      return {
        ...disk,
        save: async (write) => {
          if (!random.chance(crashPct)) return disk.save(write);
          if (random.chance(50)) await disk.save(write);
          resolve("power cut");
          // Nobody is left to hear whether it was written.
          return new Promise(() => undefined);
        },
      };
    },
  };
}
