import type { MachineReading } from "@countersign/client";
import { ALL_EVENTS, EVENT, type EventRecord, LICENSE_STATUS, type SharedCmid, sharedCmids } from "@countersign/domain";
import type { Machine } from "../machine.ts";
import type { DiskImage } from "../machine-disk.ts";
import type { Platform } from "../scenario.ts";
import { DAY_MS, HOUR_MS, live, openStage, START_MS, type Stage } from "./stage.ts";

/** Copies of one disk beside machines of their own. Nothing on a copy lets it find out by itself that it is one. */
export interface CloneStory {
  readonly seed: number;
  readonly copies: number;
  /** Machines that were installed one by one. */
  readonly genuine: number;
  readonly requiredCount: number;
  /** What the copies run on: `own` boards and network cards, or `same`, which nothing tells apart. */
  readonly hardware: "own" | "same";
  /** When the disk was captured; `licensed` needs enough genuine machines for a licence. */
  readonly captured: "before activation" | "licensed" | "generalized";
  /** The copies are switched on one by one over so many hours; 0 = all in one instant. */
  readonly spreadHours: number;
  /** From when the first is switched on. */
  readonly days: number;
}

/** What the host counted at one moment. */
export interface Counted {
  /** As `/dlv` prints it. */
  readonly currentCount: number;
  /** Without the cap, and without the genuine machines: how many of the copies count. */
  readonly copies: number;
}

/** What came of it. */
export interface CloneTale {
  readonly byHour: readonly Counted[];
  readonly byDay: readonly Counted[];
  readonly licensed: number;
  /** Distinct CMIDs the copies hold at the end. */
  readonly identities: number;
  /** Genuine machines that drew another CMID, or lost the licence they had. */
  readonly disturbed: readonly string[];
  readonly suspected: number;
  readonly reidentified: number;
  /** From the host's log alone. */
  readonly shared: readonly SharedCmid[];
  readonly violations: readonly string[];
}

/** Tells it from its seed. */
export async function tellCloneStory(story: CloneStory, platform: Platform): Promise<CloneTale> {
  const stage = await openStage(story.seed, story.requiredCount, platform);
  const { time, random, watch, complaints } = stage;
  const genuine: Machine[] = [];
  for (let i = 0; i < story.genuine; i++) genuine.push(await enterGenuine(`desk-${i}`, stage));
  for (const machine of genuine) live(machine, stage, START_MS + random.fraction() * HOUR_MS);
  const image = await capture(story, stage);
  const before = genuine.map(({ client }) => client.status());
  const copies: Machine[] = [];
  for (let i = 0; i < story.copies; i++) copies.push(await enterCopy(`copy-${100 + i}`, story, image, stage));
  const switchedOnMs = time.nowMs();
  for (const copy of copies) live(copy, stage, switchedOnMs + random.fraction() * story.spreadHours * HOUR_MS);
  const disturbed = new Set<string>();
  const look = async () => {
    const changed = genuine.filter(({ client }, i) => {
      const { cmid, status } = client.status();
      const lost = before[i]?.status === LICENSE_STATUS.licensed && status !== LICENSE_STATUS.licensed;
      return cmid !== before[i]?.cmid || lost;
    });
    for (const { name } of changed) disturbed.add(name);
    return counted(stage, story.genuine);
  };
  const byHour = [await look()];
  const byDay: Counted[] = [];
  for (let hour = 1; hour <= story.days * 24; hour++) {
    await time.runUntil(switchedOnMs + hour * HOUR_MS);
    if (hour <= 24) byHour.push(await look());
    if (hour % 24 === 0) byDay.push(await look());
  }
  const events = await hostEvents(stage);
  await watch.audit();
  const idsOf = (id: number) => events.filter(({ eventId }) => eventId === id).length;
  return {
    ...{ byHour, byDay, disturbed: [...disturbed] },
    licensed: copies.filter(({ client }) => client.status().status === LICENSE_STATUS.licensed).length,
    identities: new Set(copies.map(({ client }) => client.status().cmid)).size,
    suspected: idsOf(EVENT.cloneSuspected),
    reidentified: idsOf(EVENT.reidentifySent),
    shared: sharedCmids(events),
    violations: complaints.list,
  };
}

async function capture({ captured, hardware }: CloneStory, stage: Stage): Promise<DiskImage> {
  const reading = copyReading("copy-0", hardware);
  const golden = await stage.enter({ name: "copy-0", reading, image: undefined, crashPct: 0 });
  // Long enough for the genuine machines to be counted; the golden machine is switched off afterwards.
  if (captured === "licensed") {
    await stage.time.runUntil(START_MS + DAY_MS);
    const asked = golden.client.activate();
    await stage.time.runUntil(START_MS + DAY_MS + HOUR_MS);
    await asked;
  }
  if (captured === "generalized") await golden.client.generalize();
  await stage.time.runUntil(START_MS + 2 * DAY_MS);
  return golden.disk.snapshot();
}

function enterGenuine(name: string, stage: Stage): Promise<Machine> {
  const reading = readingOf(name, [
    { kind: "smbiosUuid", value: `smbios of ${name}` },
    { kind: "primaryMac", value: `mac of ${name}` },
    { kind: "osInstallId", value: `os of ${name}` },
  ]);
  return stage.enter({ name, reading, image: undefined, crashPct: 0 });
}

function enterCopy(name: string, { hardware }: CloneStory, image: DiskImage, stage: Stage): Promise<Machine> {
  return stage.enter({ name, reading: copyReading(name, hardware), image, crashPct: 0 });
}

/** The firmware names no machine and the hypervisor no generation: the local check (protocol.md §7.3) has nothing to see. */
function copyReading(name: string, hardware: CloneStory["hardware"]): MachineReading {
  const of = hardware === "own" ? name : "every copy";
  return readingOf(name, [
    { kind: "primaryMac", value: `mac of ${of}` },
    { kind: "boardSerial", value: `board of ${of}` },
    { kind: "osInstallId", value: "os of the image" },
    { kind: "rootVolumeId", value: "volume of the image" },
  ]);
}

function readingOf(computerName: string, components: MachineReading["components"]): MachineReading {
  return { components, computerName, isVirtual: true, isContainer: false, vmGenerationId: "" };
}

async function counted({ site }: Stage, genuine: number): Promise<Counted> {
  const [counts] = (await site.host().status()).seats[0]?.counts ?? [];
  return { currentCount: counts?.currentCount ?? 0, copies: (counts?.machinesSeen ?? 0) - genuine };
}

async function hostEvents({ site }: Stage): Promise<readonly EventRecord[]> {
  const all: EventRecord[] = [];
  for (let afterId = 0; ; ) {
    const { events, lastId } = await site.host().events.after(ALL_EVENTS, afterId, 1_000);
    if (lastId === afterId) return all;
    all.push(...events);
    afterId = lastId;
  }
}
