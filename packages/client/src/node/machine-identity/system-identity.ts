import { hostname } from "node:os";
import type { MachineIdentity, MachineReading } from "../../machine-identity.ts";
import { captureLinux, captureMacos, captureWindows } from "./capture.ts";
import { readLinuxMachine } from "./linux.ts";
import { readMacosMachine } from "./macos.ts";
import { computerNameFrom } from "./placeholders.ts";
import { readWindowsMachine } from "./windows.ts";

/** The machine this process runs on. A platform without a collector gives an empty vector. */
export function systemIdentity(): MachineIdentity {
  return { read: readThisMachine };
}

async function readThisMachine(): Promise<MachineReading> {
  switch (process.platform) {
    case "linux":
      return readLinuxMachine(await captureLinux());
    case "darwin":
      return readMacosMachine(await captureMacos());
    case "win32":
      return readWindowsMachine(await captureWindows());
    // Other platforms activate too, without corroborating hardware (protocol.md §7.4: both vectors empty).
    default:
      return {
        components: [],
        computerName: computerNameFrom(hostname()),
        isVirtual: false,
        isContainer: false,
        vmGenerationId: "",
      };
  }
}
