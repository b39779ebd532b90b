import type { MachineReading } from "../../machine-identity.ts";
import { componentFrom, computerNameFrom } from "./placeholders.ts";

/** What was read of a Windows machine, as the commands print it; "" for what could not be run. */
export interface WindowsCapture {
  readonly hostname: string;
  /** `reg query HKLM\SOFTWARE\Microsoft\Cryptography /v MachineGuid /reg:64` */
  readonly machineGuid: string;
  /** `name=value` or `name : value` lines of PowerShell or wmic: UUID, SerialNumber, Name, Model, VolumeSerialNumber. */
  readonly product: string;
  readonly board: string;
  readonly processor: string;
  readonly system: string;
  readonly volume: string;
  /** Blocks of Name, PermanentAddress, PnPDeviceID, HardwareInterface, one an adapter, empty lines between. */
  readonly adapters: string;
}

/** Pure: the reading of a captured Windows machine. */
export function readWindowsMachine(capture: WindowsCapture): MachineReading {
  return {
    components: [
      ...componentFrom("smbiosUuid", field(capture.product, "UUID")),
      ...componentFrom("primaryMac", builtInMac(capture.adapters)),
      ...componentFrom("boardSerial", field(capture.board, "SerialNumber")),
      ...componentFrom("osInstallId", /MachineGuid\s+REG_SZ\s+(\S+)/i.exec(capture.machineGuid)?.[1]),
      ...componentFrom("rootVolumeId", field(capture.volume, "VolumeSerialNumber")),
      ...componentFrom("cpuModel", field(capture.processor, "Name")),
    ],
    computerName: computerNameFrom(capture.hostname),
    isVirtual: isVirtualSystem(capture.system),
    isContainer: false,
    vmGenerationId: "",
  };
}

/** Physical adapters only; those on USB (docks) come last, then by their place on the bus. */
function builtInMac(text: string): string | undefined {
  const rank = (block: string) =>
    `${/^USB/i.test(field(block, "PnPDeviceID") ?? "") ? 1 : 0}${field(block, "PnPDeviceID")}`;
  const address = text
    .split(/\r?\n\s*\r?\n/)
    .filter((block) => field(block, "PermanentAddress") !== undefined && field(block, "HardwareInterface") !== "False")
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((block) => field(block, "PermanentAddress") ?? "")[0];
  return address
    ?.replace(/[^0-9a-fA-F]/g, "")
    .match(/.{2}/g)
    ?.join(":");
}

/** HypervisorPresent is also true on a host with Hyper-V, so the model decides. */
function isVirtualSystem(text: string): boolean {
  const named = `${field(text, "Manufacturer") ?? ""} ${field(text, "Model") ?? ""}`;
  return /virtual|vmware|kvm|qemu|xen|bochs|parallels|hvm domu/i.test(named);
}

function field(text: string, name: string): string | undefined {
  const value = new RegExp(`^\\s*${name}\\s*[=:]\\s*(.*?)\\s*$`, "mi").exec(text)?.[1];
  return value === "" ? undefined : value;
}
