import { LICENSE_STATUS } from "@countersign/domain";
import type { HostStore } from "@countersign/storage";
import { type SeededRandom, seededRandom, type VirtualTime, virtualTime } from "@countersign/testkit";
import { createAdversary } from "./adversary.ts";
import { buildFleet } from "./fleet.ts";
import { type Complaints, createComplaints } from "./invariants.ts";
import { createLife, type Life } from "./life.ts";
import { createNetwork, type Network } from "./network.ts";
import type { Platform, Scenario } from "./scenario.ts";
import { openSite, type Site } from "./site.ts";
import { uncertifiedHost } from "./uncertified-host.ts";
import { openVendor } from "./vendor.ts";
import { judgeCopies } from "./watch/copies.ts";
import { createHostWatch, type HostWatch } from "./watch/host-watch.ts";
import { keepSilence } from "./watch/silence.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const RETIRED_DAYS = 35;
/** What is late is at most a month late. */
const CALM_MS = 31 * DAY_MS;

/** What a run came to. */
export interface SimulationReport {
  readonly exchanges: number;
  /** Machines that were not switched off. */
  readonly running: number;
  readonly licensed: number;
  /** Directives that machines followed. */
  readonly reidentified: number;
  /** How often a machine was put back to a snapshot. */
  readonly restores: number;
  readonly currentCount: number;
  readonly machinesSeen: number;
  /** Distinct CMIDs the machines hold at the end. */
  readonly identities: number;
  /** Per virtual day, the host's reported count of the first vendor's product. */
  readonly countByDay: readonly number[];
  /** Per virtual day, the distinct CMIDs the machines hold. */
  readonly identitiesByDay: readonly number[];
  /** Empty when every invariant held. */
  readonly violations: readonly string[];
}

/** Everything of one run. */
interface World {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly complaints: Complaints;
  readonly site: Site;
  readonly watch: HostWatch;
  readonly network: Network;
  readonly lives: readonly Life[];
}

/** Runs a scenario from its seed: the same seed, the same run. */
export async function simulate(scenario: Scenario, platform: Platform): Promise<SimulationReport> {
  const world = await createWorld(scenario, platform);
  const { site, watch, complaints, lives, time, network } = world;
  const days = await liveDays(world);
  const counts = (await site.host().status()).seats[0]?.counts[0];
  const running = lives.filter((life) => !life.isOver);
  const licensed = running.filter(({ machine }) => machine.client.status().status === LICENSE_STATUS.licensed).length;
  for (const life of lives) life.end();
  network.calm();
  await time.runUntil(time.nowMs() + CALM_MS);
  await keepSilence({ ...time, counts: () => countsOf(site) }, complaints);
  await watch.audit();
  return {
    ...days,
    exchanges: watch.exchanges,
    running: running.length,
    licensed,
    reidentified: lives.reduce((sum, life) => sum + life.directives, 0),
    restores: lives.reduce((sum, life) => sum + life.restores, 0),
    currentCount: counts?.currentCount ?? 0,
    machinesSeen: counts?.machinesSeen ?? 0,
    identities: identitiesOf(lives),
    violations: complaints.list,
  };
}

async function createWorld(scenario: Scenario, platform: Platform): Promise<World> {
  const time = virtualTime(START_MS, platform.settle);
  const random = seededRandom(scenario.seed);
  const complaints = createComplaints(time.nowMs);
  const parts = { time, random, platform };
  const vendorNamed = (name: string, requiredCount: number) =>
    openVendor({ ...parts, name, requiredCount, lossPct: scenario.lossPct });
  const site = async (names: readonly [string, number][], watched: (store: HostStore) => HostStore) => {
    const vendors = await Promise.all(names.map(([name, required]) => vendorNamed(name, required)));
    return openSite({ ...parts, vendors, watched });
  };
  const watches: HostWatch[] = [];
  const own = await site(
    [
      ["Example", scenario.requiredCount],
      ["Sample", Math.max(1, Math.floor(scenario.requiredCount / 5))],
    ],
    (store) => {
      const watch = createHostWatch(store, { sha256: platform.cryptography.sha256, nowMs: time.nowMs, complaints });
      watches.push(watch);
      return watch.store;
    },
  );
  const [watch] = watches;
  if (watch === undefined) throw new Error("the host was opened without its store");
  const uncertified = uncertifiedHost((await site([["Rogue", 1]], (store) => store)).host(), random);
  const network = createNetwork(scenario, { site: own, time, random, watch, startMs: START_MS }, (deliver) =>
    createAdversary({ scenario, time, random, watch, uncertified }, deliver),
  );
  const fleet = await buildFleet(scenario, own, { ...parts, lineFor: network.lineFor });
  const lives = fleet.map((machine, i) => {
    const kind = { isCopy: i < scenario.clones, isRestored: i % 4 === 3 };
    return createLife(machine, { scenario, time, random, watch, complaints, ...kind });
  });
  return { scenario, time, random, complaints, site: own, watch, network, lives };
}

/** Day after day: what befalls the host, what the machines do, what the counts must be. */
async function liveDays(world: World): Promise<Pick<SimulationReport, "countByDay" | "identitiesByDay">> {
  const { scenario, time, random, complaints, site, watch, lives } = world;
  for (const life of lives) life.begin(START_MS + random.fraction() * DAY_MS);
  const countByDay: number[] = [];
  const identitiesByDay: number[] = [];
  for (let day = 1; day <= scenario.days; day++) {
    await time.runUntil(START_MS + day * DAY_MS);
    if (scenario.policyDays.includes(day)) await settled(time, site.publish());
    if (random.chance(scenario.hostRestartPct)) await settled(time, site.restart());
    if (day === scenario.days - RETIRED_DAYS) for (const life of lives.slice(0, scenario.retired)) life.end();
    if (scenario.stormDays.includes(day)) for (const life of lives) life.strike();
    await settled(time, site.host().tick());
    const counts = await countsOf(site);
    for (const [i, { applicationId }] of site.vendors.entries()) watch.recount(applicationId, counts[i] ?? 0);
    judgeCopies(lives, time.nowMs(), complaints);
    countByDay.push(counts[0] ?? 0);
    identitiesByDay.push(identitiesOf(lives));
  }
  return { countByDay, identitiesByDay };
}

/** Waits for what may let time pass while it is done. */
async function settled(time: VirtualTime, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) await time.runUntil(time.nowMs() + 1);
  await done;
}

async function countsOf(site: Site): Promise<readonly number[]> {
  return (await site.host().status()).seats.map((seat) => seat.counts[0]?.currentCount ?? 0);
}

const identitiesOf = (lives: readonly Life[]) => new Set(lives.map(({ cmid }) => cmid)).size;
