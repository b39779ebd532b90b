import { QUIET, type Scenario, TROUBLED } from "../src/scenario.ts";

/** A run that once showed a defect: it must hold now, and the defect put back (`mutant`) must be seen again. */
export interface KeptSeed {
  readonly name: string;
  readonly scenario: Scenario;
  /** What it showed, and where that was mended. */
  readonly showed: string;
  /** In test/mutants.ts. */
  readonly mutant: string;
}

/** Never removed, never reseeded. A draw that moves in the cores moves what a seed tells; then the mutant's own test still holds. */
export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    name: "a monotonic clock with a fraction of a millisecond",
    scenario: { ...QUIET, seed: 1, machines: 3, requiredCount: 2, days: 3 },
    showed:
      "performance.now() has fractions; guarded time then had them too, and the encoder of statements refused every one " +
      "of them: each request was answered INTERNAL_FAULT. The host's main.ts gives whole milliseconds since",
    mutant: "fractional-clock",
  },
  {
    name: "a late copy of an older request before the holder's own retry",
    scenario: { ...TROUBLED, seed: 5, machines: 40 },
    showed:
      "A re-sync put its own nonce in the place of the newest statement's. The holder, whose reply had been lost and who " +
      "asked again with the same bytes, then looked one behind on known hardware, and with the re-syncs used up by late " +
      "copies was told to re-identify (I25). packages/host/src/core/machine-row.ts keeps re-syncs beside the row since",
    mutant: "stale-request-takes-the-nonce",
  },
  {
    name: "a disk that forgets every exchange",
    scenario: { ...QUIET, seed: 3, machines: 4, requiredCount: 2, days: 1, restorePct: 100, rebootPct: 100 },
    showed:
      "No defect of the client: a snapshot taken as an attempt fell due is due again when it is put back, so a machine put " +
      "back at every wake-up asks at every boot, within two minutes of it (behaviour.md §2). It churns CMIDs as protocol.md " +
      "§7.4 says of reverted disks, and costs nobody else anything",
    mutant: "",
  },
];
