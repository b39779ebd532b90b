import { type SeededRandom, seededRandom, type VirtualTime, virtualTime } from "@countersign/testkit";
import type { Adversary } from "../adversary.ts";
import { type Complaints, createComplaints } from "../invariants.ts";
import { buildMachine, type Machine, type MachineMake, type MachineParts } from "../machine.ts";
import { createNetwork } from "../network.ts";
import { type Platform, QUIET } from "../scenario.ts";
import { openSite, type Site } from "../site.ts";
import { openVendor, type Vendor } from "../vendor.ts";
import { createHostWatch, type HostWatch } from "../watch/host-watch.ts";

/** A day of a story, ms. */
export const DAY_MS = 86_400_000;
/** An hour of it, ms. */
export const HOUR_MS = 3_600_000;
/** When every story begins. */
export const START_MS = Date.UTC(2026, 0, 1);

/** One vendor, one host and a network without strangers: the real cores, for a story about few machines. */
export interface Stage {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly vendor: Vendor;
  readonly site: Site;
  readonly watch: HostWatch;
  readonly complaints: Complaints;
  /** Ms since the story began. */
  sinceMs(): number;
  enter(make: MachineMake, change?: Partial<Pick<MachineParts, "hear" | "random">>): Promise<Machine>;
  /** False: nobody answers at the host's address. */
  isHostUp: boolean;
}

/** Nobody on the wire but the machines and their host. */
const NOBODY: Adversary = {
  overhears: () => undefined,
  bends: (_request, reply) => reply,
  answersInstead: async () => undefined,
  answers: async () => undefined,
};

/** Builds a stage; the same seed, the same story. */
export async function openStage(seed: number, requiredCount: number, platform: Platform): Promise<Stage> {
  const time = virtualTime(START_MS, platform.settle);
  const random = seededRandom(seed);
  const complaints = createComplaints(time.nowMs);
  const parts = { time, random, platform };
  const vendor = await openVendor({ ...parts, name: "Example", requiredCount, lossPct: 0 });
  let watch: HostWatch | undefined;
  const site = await openSite({
    ...parts,
    vendors: [vendor],
    watched: (store) => {
      watch = createHostWatch(store, { sha256: platform.cryptography.sha256, nowMs: time.nowMs, complaints });
      return watch.store;
    },
  });
  if (watch === undefined) throw new Error("the host was opened without its store");
  const network = createNetwork(QUIET, { site, time, random, watch, startMs: START_MS }, () => NOBODY);
  const stage: Stage = {
    ...{ time, random, vendor, site, watch, complaints, isHostUp: true },
    sinceMs: () => time.nowMs() - START_MS,
    enter: async (make, change) => {
      const line = network.lineFor(make.name);
      const reached = line.transport;
      // A closed port answers by itself, at once.
      const refused = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" } as const;
      const transport: typeof reached = async (...call) => (stage.isHostUp ? reached(...call) : refused);
      return buildMachine(make, { ...parts, vendor, line: Object.assign(line, { transport }), ...change });
    },
  };
  return stage;
}

/** Wakes the machine at each attempt that its client planned, from `dueMs` on, for as long as the stage's time runs. */
export function live(machine: Machine, stage: Stage, dueMs: number): void {
  const { time } = stage;
  time.at(dueMs, async () => {
    await machine.client.tick();
    const { nextAttemptMs } = machine.client.status();
    const waitMs = nextAttemptMs === undefined ? DAY_MS : nextAttemptMs - machine.wallMs();
    live(machine, stage, time.nowMs() + Math.min(DAY_MS, Math.max(1_000, waitMs)));
  });
}
