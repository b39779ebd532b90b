import assert from "node:assert/strict";
import { nodeCryptography } from "@countersign/protocol/node";
import {
  type ClientEvent,
  effectiveSettings,
  emptyZones,
  type Licensing,
  type LicensingClient,
  type LicensingPorts,
  type LicensingSettings,
  type MachineReading,
  type MemoryTrustedStore,
  type MemoryZones,
  memoryResolver,
  memoryTrustedStore,
  openLicensing,
  openLicensingClient,
  type SettingLayers,
  type Transport,
} from "../src/index.ts";
import type { Site, TestTime } from "./site.ts";

/** One machine with its disk, hardware and clocks: everything a test bends. */
export interface TestMachine {
  readonly store: MemoryTrustedStore;
  readonly time: TestTime & { bootId: string };
  reading: MachineReading;
  transport: Transport;
  /** Its DNS: the hosts of these tests have an address each. */
  readonly zones: MemoryZones;
  readonly events: ClientEvent[];
  /** Constant, so that intervals are exact. */
  fraction: number;
}

const ADDRESSES = Object.fromEntries(["host.example", "first", "second"].map((name) => [name, ["192.0.2.1"]]));

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A machine of its own: hardware from `name`. */
export function newMachine(name: string, time: TestTime, transport: Transport): TestMachine {
  return {
    store: memoryTrustedStore(),
    time: { ...time, bootId: "boot-1" },
    reading: {
      components: [
        { kind: "smbiosUuid", value: `smbios of ${name}` },
        { kind: "primaryMac", value: `mac of ${name}` },
        { kind: "osInstallId", value: `os of ${name}` },
      ],
      computerName: name,
      isVirtual: false,
      isContainer: false,
      vmGenerationId: "",
    },
    transport,
    zones: { ...emptyZones(), addresses: { ...ADDRESSES } },
    events: [],
    fraction: 0.5,
  };
}

/** Boots the client core on it, for one product. */
export async function openOn(
  machine: TestMachine,
  site: Site,
  change: Partial<LicensingSettings> = {},
): Promise<LicensingClient> {
  const opened = await openLicensingClient(portsOf(machine), { ...settingsFor(site), ...change });
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.client;
}

/** Boots the client core on it, for every product of the publisher; `layers` may be bent while it runs. */
export async function openAllOn(machine: TestMachine, site: Site, layers: SettingLayers = AT_HOST): Promise<Licensing> {
  const opened = await openLicensing(portsOf(machine), {
    ...{ trust: site.trust, ephemeral: false, sdk: "ts/0.1.0" },
    readSettings: async () => effectiveSettings(layers, ""),
  });
  assert.ok(opened.ok, JSON.stringify(opened));
  return opened.licensing;
}

/** The fixed host of these tests, as an option gives it. */
export const AT_HOST: SettingLayers = {
  flags: { values: { host: { host: "host.example", port: 1688 } }, place: "--host" },
};

function portsOf(machine: TestMachine): LicensingPorts {
  return {
    store: machine.store,
    machine: { read: async () => machine.reading },
    transport: ((...call) => machine.transport(...call)) as Transport,
    resolver: memoryResolver(machine.zones),
    clock: {
      wallMs: () => machine.time.wallMs,
      monotonicMs: () => machine.time.monotonicMs,
      get bootId() {
        return machine.time.bootId;
      },
    },
    cryptography: nodeCryptography,
    fraction: () => machine.fraction,
    events: (event: ClientEvent) => machine.events.push(event),
  };
}

/** What a vendor's application would pass. */
export function settingsFor(site: Site): LicensingSettings {
  return {
    trust: site.trust,
    activationId: site.product.activationId,
    setupKey: site.setupKey,
    host: { host: "host.example", port: 1688 },
    keepPort: false,
    sendClientName: true,
    ephemeral: false,
    sdk: "ts/0.1.0",
  };
}

/** Lets time pass on every clock of the machine, and on `others`. */
export function pass(ms: number, ...clocks: readonly TestTime[]): void {
  for (const clock of clocks) {
    clock.wallMs += ms;
    clock.monotonicMs += ms;
  }
}

/** Ids of the events so far, in order; empties the list. */
export function takeEvents(machine: TestMachine): readonly number[] {
  return machine.events.splice(0).map(({ id }) => id);
}
