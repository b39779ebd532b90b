import type { LicensingClient } from "@countersign/client";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import type { Complaints } from "./invariants.ts";
import type { Machine } from "./machine.ts";
import type { DiskImage } from "./machine-disk.ts";
import type { Scenario } from "./scenario.ts";
import type { CopyHolder } from "./watch/copies.ts";
import type { HostWatch } from "./watch/host-watch.ts";
import { judgeVersions, judgeWake, type Look } from "./watch/machine-watch.ts";

/** A machine from switch-on to switch-off. */
export interface Life extends CopyHolder {
  readonly machine: Machine;
  readonly directives: number;
  readonly restores: number;
  /** It was switched off. */
  readonly isOver: boolean;
  /** One wake-up after the other from this instant on, until `end`. */
  begin(dueMs: number): void;
  /** Power off and on in this instant. */
  strike(): void;
  end(): void;
}

/** What a life is lived in. */
export interface LifeParts {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly watch: HostWatch;
  readonly complaints: Complaints;
  /** It started from a copy of another's disk. */
  readonly isCopy: boolean;
  /** It is one of those that are put back to snapshots. */
  readonly isRestored: boolean;
}

const DAY_MS = 86_400_000;
const SNAPSHOTS = 4;
const JUMP_MS = 10 * DAY_MS;
/** A disk that forgets everything asks at every boot, a minute apart on the average: that is not spinning yet. */
const MOST_WAKES_A_DAY = 2000;
const REOPEN_PCT = 3;
const LEAST_SLEEP_MS = 1000;
const LONGEST_SLEEP_MS = 33 * DAY_MS;

/** Mutable, and this file's own. */
interface Course {
  readonly snapshots: DiskImage[];
  answersMs: number[];
  directives: number;
  restores: number;
  policyTold: number;
  versions: readonly number[];
  before: Look;
  cmid: string;
  /** Its clock was wrong once, so leases are not measured by the true one. */
  clockLied: boolean;
  struck: boolean;
  wakes: { readonly day: number; readonly count: number };
  ended: boolean;
}

/** A life that has not begun. */
export function createLife(machine: Machine, parts: LifeParts): Life {
  const { time } = parts;
  const before = machine.look();
  const course: Course = {
    ...{ snapshots: [], answersMs: [], directives: 0, restores: 0, policyTold: 0, versions: [], before },
    ...{ cmid: before.status.cmid, clockLied: false, struck: false, ended: false, wakes: { day: 0, count: 0 } },
  };
  let alarm = 0;
  let isAwake = false;
  const wakeAt = (dueMs: number) => {
    const mine = ++alarm;
    time.at(dueMs, async () => {
      // A strike that came before has set another alarm.
      if (mine !== alarm || course.ended) return;
      isAwake = true;
      if (isSpinning(course, time.nowMs())) {
        parts.complaints.of("spin", `${machine.name} woke ${MOST_WAKES_A_DAY} times within a day`);
        return;
      }
      const nextMs = await wake(machine, course, parts);
      isAwake = false;
      wakeAt(nextMs);
    });
  };
  return {
    machine,
    name: machine.name,
    get cmid() {
      return course.cmid;
    },
    get answersMs() {
      return course.answersMs;
    },
    get directives() {
      return course.directives;
    },
    get restores() {
      return course.restores;
    },
    get isOver() {
      return course.ended;
    },
    begin: wakeAt,
    strike: () => {
      course.struck = true;
      if (!isAwake) wakeAt(time.nowMs());
    },
    end: () => {
      course.ended = true;
    },
  };
}

function isSpinning(course: Course, nowMs: number): boolean {
  const day = Math.floor(nowMs / DAY_MS);
  course.wakes = course.wakes.day === day ? { day, count: course.wakes.count + 1 } : { day, count: 1 };
  return course.wakes.count > MOST_WAKES_A_DAY;
}

/** What befalls the machine, then the client's own tick, then what must hold; returns when it wakes next. */
async function wake(machine: Machine, course: Course, parts: LifeParts): Promise<number> {
  const { time, random } = parts;
  await befall(machine, course, parts);
  course.before = machine.look();
  const policyVersion = machine.vendor.policyVersion();
  Object.assign(machine.line, { honest: 0, lies: 0, documentLies: 0 });
  Object.assign(machine.news, { last: undefined, directives: 0 });
  const ended = await Promise.race([machine.client.tick(), machine.disk.powerCut()]);
  if (ended === "power cut") {
    // What it was about to do with the statement it may have taken is undone.
    machine.news.last = "failure";
    await machine.boot();
  }
  const { nextAttemptMs } = judge(machine, course, { ...parts, policyVersion }).status;
  if (random.chance(REOPEN_PCT)) judgeReopened(machine, await machine.reopened(), parts);
  course.snapshots.push(machine.disk.snapshot());
  if (course.snapshots.length > SNAPSHOTS) course.snapshots.shift();
  const waitMs = nextAttemptMs === undefined ? DAY_MS : nextAttemptMs - machine.wallMs();
  // Between attempts only the clock is looked at, so the fleet sleeps through to the next one; a wrong clock is set sooner.
  const longestMs = machine.clockOffMs === 0 ? LONGEST_SLEEP_MS : DAY_MS;
  return time.nowMs() + Math.min(longestMs, Math.max(LEAST_SLEEP_MS, waitMs));
}

async function befall(machine: Machine, course: Course, { scenario, random, isRestored }: LifeParts): Promise<void> {
  if (machine.clockOffMs !== 0 && random.chance(50)) machine.clockOffMs = 0;
  else if (random.chance(scenario.clockJumpPct)) {
    machine.clockOffMs = Math.round((random.fraction() - 0.5) * 2 * JUMP_MS);
    course.clockLied = true;
  }
  if (isRestored && random.chance(scenario.restorePct)) {
    machine.disk.restore(random.pick(course.snapshots) ?? machine.disk.snapshot());
    course.restores++;
    course.policyTold = 0;
    course.versions = [];
    machine.line.versions = [];
    await machine.boot();
  } else if (course.struck || random.chance(scenario.rebootPct)) await machine.boot();
  course.struck = false;
  if (random.chance(scenario.rearmPct)) {
    await Promise.race([machine.client.rearm(), machine.disk.powerCut()]);
    await machine.boot();
  }
}

/** What the machine shows after a wake-up that was judged. `policyVersion`: what the host had when it woke. */
function judge(machine: Machine, course: Course, parts: LifeParts & { readonly policyVersion: number }): Look {
  const { time, watch, complaints, isCopy, policyVersion } = parts;
  const after = machine.look();
  const { news, line, name, vendor } = machine;
  const nowMs = time.nowMs();
  course.directives += news.directives;
  if (after.status.cmid !== course.cmid) course.answersMs = [];
  course.cmid = after.status.cmid;
  if (news.last === "statement") course.answersMs = [...course.answersMs, nowMs].slice(-5);
  const isAsked = line.honest + line.lies > 0;
  if (isAsked)
    judgeVersions({ name, had: course.versions, has: line.versions, policyTold: course.policyTold }, complaints);
  course.versions = line.versions;
  if (news.last === "statement") course.policyTold = line.documentLies > 0 ? 0 : policyVersion;
  judgeWake(
    {
      ...{ name, before: course.before, after, nowMs, wallMs: machine.wallMs(), last: news.last },
      ...{ honest: line.honest, lies: line.lies, directives: course.directives },
      inOrder: !isCopy && course.restores === 0,
      clockTrue: !course.clockLied,
      leaseOf: watch.leaseOf,
      publishedMs: vendor.publishedMs(),
    },
    complaints,
  );
  return after;
}

/** I29 by the client's own full verification: opened anew from its disk, a machine is what it was. */
function judgeReopened(machine: Machine, again: LicensingClient, { complaints }: LifeParts): void {
  const [was, is] = [machine.client.status(), again.status()];
  if (was.status !== is.status)
    complaints.of("I29", `${machine.name} was ${was.statusText} and is ${is.statusText} when opened anew`);
}
