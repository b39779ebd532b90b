import type { MachineReading } from "../../machine-identity.ts";
import { componentFrom, computerNameFrom } from "./placeholders.ts";

/** One network interface as /sys/class/net shows it. */
export interface LinuxInterface {
  readonly name: string;
  readonly address: string;
  /** `addr_assign_type`: 0 = burned in. */
  readonly assignType: string;
  /** Target of the `device` link; "" for a virtual interface. */
  readonly device: string;
}

/** What was read of a Linux machine, as text; "" for what is absent or may not be read. */
export interface LinuxCapture {
  readonly hostname: string;
  readonly productUuid: string;
  readonly boardSerial: string;
  /** /etc/machine-id, else the one of D-Bus. */
  readonly machineId: string;
  readonly interfaces: readonly LinuxInterface[];
  readonly cpuinfo: string;
  /** /proc/self/mountinfo. */
  readonly mountinfo: string;
  /** UUID by name of the device it points to, from /dev/disk/by-uuid. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Marks of a container: /.dockerenv, /run/.containerenv, `container=` of process 1. */
  readonly containerMarks: string;
}

/** Pure: the reading of a captured machine. */
export function readLinuxMachine(capture: LinuxCapture): MachineReading {
  return {
    components: [
      ...componentFrom("smbiosUuid", capture.productUuid),
      ...componentFrom("primaryMac", primaryMac(capture.interfaces)),
      ...componentFrom("boardSerial", capture.boardSerial),
      ...componentFrom("osInstallId", capture.machineId),
      ...componentFrom("rootVolumeId", rootVolume(capture)),
      ...componentFrom("cpuModel", /^model name\s*:\s*(.+)$/m.exec(capture.cpuinfo)?.[1]),
    ],
    computerName: computerNameFrom(capture.hostname),
    isVirtual: /^flags\s*:.*\bhypervisor\b/m.test(capture.cpuinfo),
    isContainer: capture.containerMarks !== "",
    vmGenerationId: "",
  };
}

/** Burned-in, on a device of the machine; docks and sticks hang on USB and come last, then by name. */
function primaryMac(interfaces: readonly LinuxInterface[]): string | undefined {
  const rank = (card: LinuxInterface) => `${card.device.includes("/usb") ? 1 : 0}${card.name}`;
  return interfaces
    .filter((card) => card.device !== "" && card.assignType.trim() === "0" && isUniversal(card.address))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0]?.address;
}

/** A locally administered address (second lowest bit) was made up by software. */
function isUniversal(address: string): boolean {
  const first = Number.parseInt(address.slice(0, 2), 16);
  return /^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(address.trim()) && (first & 2) === 0;
}

/** Field 5 is the mount point; after the dash come type and source. An overlay (a container's root) has no volume. */
function rootVolume({ mountinfo, volumes }: LinuxCapture): string | undefined {
  const root = mountinfo.split("\n").find((line) => line.split(" ")[4] === "/");
  const source = root?.split(" - ")[1]?.split(" ")[1] ?? "";
  return source.startsWith("/dev/") ? volumes[source.slice(source.lastIndexOf("/") + 1)] : undefined;
}
