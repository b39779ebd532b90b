import type { MachineReading } from "../../machine-identity.ts";
import { componentFrom, computerNameFrom } from "./placeholders.ts";

/** What was read of a Mac, as the commands print it; "" for what could not be run. */
export interface MacosCapture {
  readonly hostname: string;
  /** `ioreg -rd1 -c IOPlatformExpertDevice` */
  readonly ioreg: string;
  /** `networksetup -listallhardwareports` */
  readonly hardwarePorts: string;
  /** `diskutil info /` */
  readonly diskutil: string;
  /** `sysctl -n machdep.cpu.brand_string` */
  readonly cpuBrand: string;
  /** `sysctl -n kern.hv_vmm_present`: 1 inside a virtual machine. */
  readonly vmmPresent: string;
}

/** Pure: the reading of a captured Mac. */
export function readMacosMachine(capture: MacosCapture): MachineReading {
  return {
    components: [
      ...componentFrom("smbiosUuid", /"IOPlatformUUID"\s*=\s*"([^"]+)"/.exec(capture.ioreg)?.[1]),
      ...componentFrom("primaryMac", builtInMac(capture.hardwarePorts)),
      ...componentFrom("boardSerial", /"IOPlatformSerialNumber"\s*=\s*"([^"]+)"/.exec(capture.ioreg)?.[1]),
      ...componentFrom("osInstallId", volumeField(capture.diskutil, "APFS Volume Group")),
      ...componentFrom("rootVolumeId", volumeField(capture.diskutil, "Volume UUID")),
      ...componentFrom("cpuModel", capture.cpuBrand),
    ],
    computerName: computerNameFrom(capture.hostname),
    isVirtual: capture.vmmPresent.trim() === "1",
    isContainer: false,
    vmGenerationId: "",
  };
}

/** en0 is built in on every Mac; a dock's port gets a later number. */
function builtInMac(ports: string): string | undefined {
  const en0 = ports.split(/\n\s*\n/).find((block) => /^Device:\s*en0\s*$/m.test(block));
  return /^Ethernet Address:\s*([0-9a-fA-F:]{17})\s*$/m.exec(en0 ?? "")?.[1];
}

function volumeField(text: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name}:\\s*([0-9A-Fa-f-]{36})\\s*$`, "m").exec(text)?.[1];
}
