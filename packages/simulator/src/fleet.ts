import type { MachineReading } from "@countersign/client";
import { buildMachine, type Machine, type MachineParts } from "./machine.ts";
import type { DiskImage } from "./machine-disk.ts";
import type { Line } from "./network.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";

/** Builds every machine of a scenario; those of one image start from one disk that was never generalized. */
export async function buildFleet(
  scenario: Scenario,
  site: Site,
  parts: Omit<MachineParts, "vendor" | "line"> & { readonly lineFor: (name: string) => Line },
): Promise<readonly Machine[]> {
  const { machines, clones, secondVendor, crashPct } = scenario;
  const build = (name: string, from: { image: DiskImage; reading: MachineReading }, vendorAt: number) => {
    const vendor = site.vendors[vendorAt];
    if (vendor === undefined) throw new Error(`the site has no vendor ${vendorAt}`);
    return buildMachine({ name, ...from, crashPct }, { ...parts, vendor, line: parts.lineFor(name) });
  };
  const imageOf = async () => (await build("image", { image: undefined, reading: ownHardware("image") }, 0)).disk;
  const image = clones === 0 ? undefined : (await imageOf()).snapshot();
  const fleet: Machine[] = [];
  for (let i = 0; i < machines; i++) {
    const name = `pc-${i}`;
    const isClone = i < clones;
    const reading = isClone ? copyHardware(name, scenario.cloneHardware) : ownHardware(name);
    const isSecond = i >= machines - secondVendor;
    fleet.push(await build(name, { image: isClone ? image : undefined, reading }, isSecond ? 1 : 0));
  }
  return fleet;
}

/** A copied disk brings its own ids along; a firmware that names no machine leaves it to the host to tell copies apart. */
function copyHardware(name: string, hardware: Scenario["cloneHardware"]): MachineReading {
  return readingOf(name, [
    { kind: "boardSerial", value: hardware === "own" ? `board of ${name}` : "board of every copy" },
    { kind: "osInstallId", value: "os of the image" },
    { kind: "rootVolumeId", value: "volume of the image" },
  ]);
}

function ownHardware(name: string): MachineReading {
  return readingOf(name, [
    { kind: "smbiosUuid", value: `smbios of ${name}` },
    { kind: "primaryMac", value: `mac of ${name}` },
    { kind: "osInstallId", value: `os of ${name}` },
  ]);
}

function readingOf(computerName: string, components: MachineReading["components"]): MachineReading {
  return { components, computerName, isVirtual: false, isContainer: false, vmGenerationId: "" };
}
