import {
  type LicensingClient,
  type MachineReading,
  type MemoryTrustedStore,
  memoryTrustedStore,
  openLicensingClient,
  type Transport,
} from "@countersign/client";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import type { Platform } from "./scenario.ts";
import type { Site } from "./site.ts";

/** One simulated machine: the real client core on a disk that can be copied and put back. */
export interface Machine {
  readonly name: string;
  readonly disk: MemoryTrustedStore;
  client: LicensingClient;
  /** Boots again from what is on the disk. */
  boot(): Promise<void>;
}

/** What a machine is built from. */
export interface MachineParts {
  readonly site: Site;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly platform: Platform;
  readonly transport: Transport;
}

/** A new machine; `image` is the disk it starts from, its hardware is its own. */
export async function buildMachine(
  name: string,
  image: ReturnType<MemoryTrustedStore["snapshot"]>,
  parts: MachineParts,
): Promise<Machine> {
  const disk = memoryTrustedStore(image);
  let boots = 0;
  const open = async () => {
    boots++;
    const { site, time, random, platform } = parts;
    const opened = await openLicensingClient(
      {
        store: disk,
        machine: { read: async () => readingOf(name, image !== undefined) },
        transport: parts.transport,
        clock: { wallMs: time.nowMs, monotonicMs: time.nowMs, bootId: `${name}-${boots}` },
        cryptography: { ...platform.cryptography, random: random.bytes },
        fraction: random.fraction,
        events: () => undefined,
      },
      {
        trust: site.trust,
        activationId: site.activationId,
        setupKey: site.setupKey,
        host: { host: "host.example", port: 1688 },
        keepPort: false,
        sendClientName: true,
        ephemeral: false,
        sdk: "simulator/0.1.0",
      },
    );
    if (!opened.ok) throw new Error(`machine ${name} does not open: ${opened.refusal.message}`);
    return opened.client;
  };
  const machine: Machine = {
    name,
    disk,
    client: await open(),
    boot: async () => {
      machine.client = await open();
    },
  };
  return machine;
}

/** Copies of an image share what is on the disk. Their firmware names no machine, so only the host can tell them apart. */
function readingOf(name: string, isCopy: boolean): MachineReading {
  return {
    components: isCopy
      ? [
          { kind: "boardSerial", value: `board of ${name}` },
          { kind: "osInstallId", value: "os of the image" },
          { kind: "rootVolumeId", value: "volume of the image" },
        ]
      : [
          { kind: "smbiosUuid", value: `smbios of ${name}` },
          { kind: "primaryMac", value: `mac of ${name}` },
          { kind: "osInstallId", value: `os of ${name}` },
        ],
    computerName: name,
    isVirtual: false,
    isContainer: false,
    vmGenerationId: "",
  };
}
