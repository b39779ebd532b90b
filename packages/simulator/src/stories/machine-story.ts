import type { MachineReading } from "@countersign/client";
import type { Machine } from "../machine.ts";
import type { Platform } from "../scenario.ts";
import { DAY_MS, openStage, START_MS, type Stage } from "./stage.ts";
import { createTimeline } from "./timeline.ts";

/** What a scene may do to the machine and its surroundings. */
export interface Actor {
  readonly stage: Stage;
  readonly machine: Machine;
  /** What the firmware, the disk and the network card say from now on. */
  setHardware(components: MachineReading["components"]): void;
  /** Power off and on. */
  reboot(): Promise<void>;
  /** Another machine starts from this one's disk, and the timeline is its own from now on. */
  copyDiskTo(name: string, components: MachineReading["components"]): Promise<void>;
}

/** Something that happens at one instant, as the timeline tells it. */
export interface Scene {
  readonly atMs: number;
  readonly text: string;
  readonly act: (actor: Actor) => Promise<void> | void;
}

/** The life of one machine, scene by scene. Jitter is nothing, so that every instant is the same in every run. */
export interface MachineStory {
  readonly title: string;
  readonly days: number;
  readonly scenes: readonly Scene[];
}

/** Hardware of its own, by name. */
export function hardwareOf(name: string): MachineReading["components"] {
  return [
    { kind: "smbiosUuid", value: `smbios of ${name}` },
    { kind: "primaryMac", value: `mac of ${name}` },
    { kind: "osInstallId", value: `os of ${name}` },
  ];
}

/** Tells it as the lines of its timeline. */
export async function tellMachineStory({ scenes, days }: MachineStory, platform: Platform): Promise<readonly string[]> {
  const stage = await openStage(1, 1, platform);
  const timeline = createTimeline(stage);
  const random = { ...stage.random, fraction: () => 0.5 };
  const enter = (name: string, reading: MachineReading, image: Machine["disk"] | undefined) =>
    stage.enter({ name, reading, image: image?.snapshot(), crashPct: 0 }, { hear: timeline.hear, random });
  const reading = { ...readingOf("pc-1", hardwareOf("pc-1")) };
  const actor: Actor & { machine: Machine } = {
    stage,
    machine: await enter("pc-1", reading, undefined),
    setHardware: (components) => Object.assign(reading, { components }),
    reboot: async () => {
      await actor.machine.client.close();
      await actor.machine.boot();
    },
    copyDiskTo: async (name, components) => {
      actor.machine = await enter(name, readingOf(name, components), actor.machine.disk);
    },
  };
  const ordered = [...scenes].sort((a, b) => a.atMs - b.atMs);
  timeline.look(actor.machine);
  for (const scene of ordered) {
    await runUntil(START_MS + scene.atMs, actor, timeline.look);
    timeline.say(scene.text);
    await scene.act(actor);
    timeline.look(actor.machine);
  }
  await runUntil(START_MS + days * DAY_MS, actor, timeline.look);
  timeline.say("the end");
  return timeline.lines;
}

/** As a running program does: a look whenever the client says, ten minutes apart at most. */
async function runUntil(untilMs: number, actor: Actor, look: (machine: Machine) => void): Promise<void> {
  const { time } = actor.stage;
  while (time.nowMs() < untilMs) {
    const { machine } = actor;
    await time.runUntil(Math.min(untilMs, time.nowMs() + Math.max(1_000, machine.client.nextTickInMs())));
    let isDone = false;
    const tick = machine.client.tick().finally(() => {
      isDone = true;
    });
    // An attempt waits for the network, in virtual time.
    await time.runUntil(time.nowMs());
    while (!isDone) await time.runUntil(time.nowMs() + 1_000);
    await tick;
    look(machine);
  }
}

function readingOf(computerName: string, components: MachineReading["components"]): MachineReading {
  return { components, computerName, isVirtual: false, isContainer: false, vmGenerationId: "" };
}
