import { type Actor, hardwareOf, type MachineStory, type Scene } from "./machine-story.ts";
import { DAY_MS, HOUR_MS } from "./stage.ts";

/** A scene on a day of the story, at an hour of it. */
const on = (day: number, text: string, act: Scene["act"], hour = 0): Scene => ({
  ...{ text, act },
  atMs: day * DAY_MS + hour * HOUR_MS,
});

const hostOff = (day: number, hour = 0) => on(day, "the host is off", ({ stage }) => hostIs(false, stage), hour);
const hostOn = (day: number, hour = 0) => on(day, "the host is on again", ({ stage }) => hostIs(true, stage), hour);
const clock = (day: number, text: string, offMs: number, hour = 0) =>
  on(day, text, ({ machine }) => setClock(offMs, machine), hour);

function hostIs(isUp: boolean, stage: Actor["stage"]): void {
  stage.isHostUp = isUp;
}

function setClock(offMs: number, machine: Actor["machine"]): void {
  machine.clockOffMs = offMs;
}

/** The machine is switched off and on with its clock showing so many hours more or less than the truth. */
const rebootAt = (day: number, text: string, offHours: number) =>
  on(day, text, async ({ machine, reboot }) => {
    machine.clockOffMs = offHours * HOUR_MS;
    await reboot();
  });

/** The firmware is the old one's, network card and installation are not: 4 of 9 agree. */
const DRIFTED = hardwareOf("pc-1").map((component) =>
  component.kind === "smbiosUuid" ? component : { ...component, value: `other ${component.kind}` },
);
/** A firmware that names no machine any more, and nothing else that agrees. */
const REPLACED = DRIFTED.filter(({ kind }) => kind !== "smbiosUuid").map((component) => ({
  ...component,
  value: `third ${component.kind}`,
}));

/** Every story of one machine, by the name of its golden file. */
export const MACHINE_STORIES = {
  outage: {
    title:
      "a host that is off from day 10 on: licensed to the end, additional grace, notification, and back with one answer",
    days: 221,
    scenes: [hostOff(10), hostOn(220)],
  },
  "clock-rolled-back": {
    title: "a clock that goes back three days, first where the host answers, then where it is off for ten days",
    days: 32,
    scenes: [
      clock(10, "the clock is set back by 3 days", -3 * DAY_MS),
      clock(11, "the clock is set right", 0),
      hostOff(15),
      clock(16, "the clock is set back by 3 days", -3 * DAY_MS),
      hostOn(26),
      clock(30, "the clock is set right", 0),
    ],
  },
  "clock-rolled-forward": {
    title:
      "a clock that goes 300 days forward while the host is off: for twelve hours, then for good, until the host answers",
    days: 21,
    scenes: [
      hostOff(8),
      clock(10, "the clock is set forward by 300 days", 300 * DAY_MS),
      clock(10, "the clock is set right", 0, 12),
      clock(12, "the clock is set forward by 300 days", 300 * DAY_MS),
      clock(15, "the clock is set right", 0),
      hostOn(16),
    ],
  },
  "clock-in-local-time": {
    title: "a dual-boot machine whose clock chip is in local time, eleven hours off either way at every start",
    days: 16,
    scenes: [
      rebootAt(2, "the machine starts with its clock 11 hours behind", -11),
      rebootAt(3, "the machine starts with its clock right", 0),
      rebootAt(4, "the machine starts with its clock 11 hours ahead", 11),
      rebootAt(5, "the machine starts with its clock right", 0),
    ],
  },
  "store-copied": {
    title: "the store of a licensed machine is copied to another one, which finds out before it asks anybody",
    days: 5,
    scenes: [
      on(3, "another machine starts from a copy of this one's disk", (actor: Actor) =>
        actor.copyDiskTo("pc-2", hardwareOf("pc-2")),
      ),
    ],
  },
  "machine-changed": {
    title: "a machine whose hardware drifts, then is out of tolerance while the host is off for nine days",
    days: 32,
    scenes: [
      on(9, "network card and installation are replaced", ({ setHardware }) => setHardware(DRIFTED)),
      hostOff(20),
      on(20, "everything else is replaced; the firmware names no machine any more", async (actor) => {
        actor.setHardware(REPLACED);
        await actor.reboot();
      }),
      hostOn(29),
    ],
  },
} as const satisfies Readonly<Record<string, MachineStory>>;
