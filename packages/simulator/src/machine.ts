import {
  type ClientEvent,
  emptyZones,
  type LicensingClient,
  type LicensingPorts,
  type MachineReading,
  memoryResolver,
  memoryTrustedStore,
  openLicensingClient,
  type TrustedStore,
} from "@countersign/client";
import { EVENT, FLAG_NOT_ENOUGH_COUNT, SOFTWARE_VERSION } from "@countersign/domain";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import { type DiskImage, type MachineDisk, machineDisk } from "./machine-disk.ts";
import type { Line } from "./network.ts";
import type { Platform } from "./scenario.ts";
import type { Vendor } from "./vendor.ts";
import { type Look, storedIn } from "./watch/machine-watch.ts";

/** What the machine is: what its firmware says does not change with what is put on its disk. */
export interface MachineMake {
  readonly name: string;
  readonly reading: MachineReading;
  readonly image: DiskImage;
  readonly crashPct: number;
}

/** What its events told of the last wake-up. */
export interface MachineNews {
  last: "statement" | "failure" | undefined;
  directives: number;
}

/** One simulated machine: the real client core on a disk and a network of its own. */
export interface Machine {
  readonly name: string;
  readonly disk: MachineDisk;
  readonly vendor: Vendor;
  readonly line: Line;
  readonly news: MachineNews;
  client: LicensingClient;
  wallMs(): number;
  /** Ms by which its wall clock is wrong. */
  clockOffMs: number;
  /** Boots from what is on the disk, again where the power goes meanwhile. */
  boot(): Promise<void>;
  /** Another client over a copy of the disk: what a look at it from outside gives. */
  reopened(): Promise<LicensingClient>;
  look(): Look;
}

/** What a machine is built from. */
export interface MachineParts {
  readonly vendor: Vendor;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly platform: Platform;
  readonly line: Line;
  /** Hears every event of the machine, those of a boot too. */
  readonly hear?: LicensingPorts["events"];
}

const REIDENTIFIED = "a certified host";

/** A new machine, booted. */
export async function buildMachine(make: MachineMake, parts: MachineParts): Promise<Machine> {
  const { time, random, vendor, line } = parts;
  const { name } = make;
  const disk = machineDisk(make.image, random, make.crashPct);
  const news: MachineNews = { last: undefined, directives: 0 };
  let boots = 0;
  const open = async (store: TrustedStore, events: LicensingPorts["events"]) => {
    const clock = { wallMs: machine.wallMs, monotonicMs: time.nowMs, bootId: `${name}-${boots}` };
    const opened = await openLicensingClient(portsOf(make, parts, { store, clock, events }), settingsOf(vendor));
    if (!opened.ok) throw new Error(`machine ${name} does not open: ${opened.refusal.message}`);
    return opened.client;
  };
  const hear: LicensingPorts["events"] = (event) => {
    note(event, news);
    parts.hear?.(event);
  };
  const stored = readOnce(disk);
  const machine: Omit<Machine, "client"> & { client: LicensingClient | undefined } = {
    ...{ name, disk, vendor, line, news, clockOffMs: 0, client: undefined },
    wallMs: () => time.nowMs() + machine.clockOffMs,
    boot: async () => {
      for (;;) {
        boots++;
        const up = await Promise.race([open(disk.mount(), hear), disk.powerCut()]);
        if (up === "power cut") continue;
        machine.client = up;
        return;
      }
    },
    reopened: () => open(memoryTrustedStore(disk.snapshot()), () => undefined),
    look: () => ({ status: running(machine).client.status(), stored: stored() }),
  };
  await machine.boot();
  return running(machine);
}

/** What is on the disk, read anew only when it was written. */
function readOnce(disk: MachineDisk): () => Look["stored"] {
  let image: DiskImage;
  let known = storedIn(undefined);
  return () => {
    const present = disk.snapshot();
    if (present !== image) known = storedIn(present);
    image = present;
    return known;
  };
}

function running(machine: Omit<Machine, "client"> & { client: LicensingClient | undefined }): Machine {
  if (machine.client === undefined) throw new Error(`machine ${machine.name} was never booted`);
  return machine as Machine;
}

function note({ id, fields }: ClientEvent, news: MachineNews): void {
  if (id === EVENT.requestSent) news.last = "failure";
  if (id === EVENT.responseProcessed && (fields["activated"] === true || fields["flags"] === FLAG_NOT_ENOUGH_COUNT))
    news.last = "statement";
  if (id === EVENT.identityReplaced && String(fields["cause"]).startsWith(REIDENTIFIED)) news.directives++;
}

function portsOf(
  make: MachineMake,
  { random, platform, line }: MachineParts,
  own: Pick<LicensingPorts, "store" | "clock" | "events">,
): LicensingPorts {
  return {
    ...own,
    // Each time, and a reading of its own: a story may change the hardware.
    machine: { read: async () => ({ ...make.reading }) },
    transport: line.transport,
    resolver: memoryResolver({ ...emptyZones(), addresses: { "host.example": ["192.0.2.1"] } }),
    cryptography: { ...platform.cryptography, random: random.bytes },
    fraction: random.fraction,
  };
}

function settingsOf({ trust, product, setupKey }: Vendor) {
  return {
    trust,
    activationId: product.activationId,
    setupKey,
    host: { host: "host.example", port: 1688 },
    keepPort: false,
    sendClientName: true,
    ephemeral: false,
    sdk: `simulator/${SOFTWARE_VERSION}`,
  };
}
