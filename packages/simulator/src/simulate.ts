import { LICENSE_STATUS } from "@countersign/domain";
import { seededRandom, type VirtualTime, virtualTime } from "@countersign/testkit";
import { buildMachine, type Machine, type MachineParts } from "./machine.ts";
import { createNetwork } from "./network.ts";
import type { Platform, Scenario } from "./scenario.ts";
import { openSite } from "./site.ts";
import { createWitness, type Witness } from "./witness.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const FIRST_DAY_MS = DAY_MS;

/** What a run came to. */
export interface SimulationReport {
  readonly exchanges: number;
  readonly licensed: number;
  readonly reidentified: number;
  readonly currentCount: number;
  readonly machinesSeen: number;
  /** Distinct CMIDs the machines hold at the end. */
  readonly identities: number;
  /** Per virtual day, the host's reported count. */
  readonly countByDay: readonly number[];
  /** Empty when every invariant held. */
  readonly violations: readonly string[];
}

/** Runs a scenario from its seed: the same seed, the same run. */
export async function simulate(scenario: Scenario, platform: Platform): Promise<SimulationReport> {
  const time = virtualTime(START_MS);
  const random = seededRandom(scenario.seed);
  const site = await openSite(scenario.requiredCount, time, random, platform);
  const witness = createWitness(scenario.requiredCount);
  const transport = createNetwork(scenario, { site, time, random, witness });
  const parts = { site, time, random, platform, transport };
  const machines = await buildFleet(scenario, parts);
  for (const machine of machines) {
    time.at(START_MS + random.fraction() * FIRST_DAY_MS, () => live(machine, { scenario, parts, witness }));
  }
  const countByDay: number[] = [];
  for (let day = 1; day <= scenario.days; day++) {
    await time.runUntil(START_MS + day * DAY_MS);
    countByDay.push((await site.host.status()).seats[0]?.counts[0]?.currentCount ?? 0);
  }
  await witness.close(site.host, site.store);
  const statuses = machines.map((machine) => machine.client.status());
  const counts = (await site.host.status()).seats[0]?.counts[0];
  return {
    exchanges: witness.exchanges,
    licensed: statuses.filter((status) => status.status === LICENSE_STATUS.licensed).length,
    reidentified: witness.reidentified,
    currentCount: counts?.currentCount ?? 0,
    machinesSeen: counts?.machinesSeen ?? 0,
    identities: new Set(statuses.map((status) => status.cmid)).size,
    countByDay,
    violations: witness.violations,
  };
}

interface Life {
  readonly scenario: Scenario;
  readonly parts: MachineParts;
  readonly witness: Witness;
}

/** One wake-up: what befalls the disk, then the client's own tick, then what must hold, then sleep until it is due again. */
async function live(machine: Machine, life: Life): Promise<void> {
  const { scenario, parts, witness } = life;
  const { time, random } = parts;
  const before = machine.disk.snapshot();
  await machine.client.tick();
  if (scenario.forgetfulDisks === true || random.chance(scenario.restorePct)) {
    machine.disk.restore(before);
    await machine.boot();
  }
  checkMachine(machine, witness, time);
  const { nextAttemptMs } = machine.client.status();
  // Between attempts only the clock is looked at, so the fleet sleeps through to the next one.
  const soonestMs = time.nowMs() + Math.max(machine.client.nextTickInMs(), MINUTE_MS);
  time.at(Math.max(nextAttemptMs ?? time.nowMs() + DAY_MS, soonestMs), () => live(machine, life));
}

/** I29: LICENSED only on a lease the host gave to this CMID and that has not run out. */
function checkMachine(machine: Machine, witness: Witness, time: VirtualTime): void {
  const { status, cmid } = machine.client.status();
  if (status !== LICENSE_STATUS.licensed) return;
  const lease = witness.leaseOf(cmid.replaceAll("-", ""));
  if (lease === undefined) witness.complain(`I29: ${machine.name} is licensed without a lease`);
  else if (time.nowMs() - lease.givenMs > lease.validityS * 1000)
    witness.complain(`I32: ${machine.name} is licensed past its lease`);
}

/** Copies start from one disk on which the client was opened once and never generalized. */
async function buildFleet({ machines, clones }: Scenario, parts: MachineParts): Promise<readonly Machine[]> {
  const image = clones === 0 ? undefined : (await buildMachine("image", undefined, parts)).disk.snapshot();
  const fleet: Machine[] = [];
  for (let i = 0; i < machines; i++) fleet.push(await buildMachine(`pc-${i}`, i < clones ? image : undefined, parts));
  return fleet;
}
