import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { LinuxCapture, LinuxInterface } from "./linux.ts";
import type { MacosCapture } from "./macos.ts";
import type { WindowsCapture } from "./windows.ts";

const COMMAND_TIMEOUT_MS = 10_000;

/** Reads the files of a Linux machine; `root` is "/" outside tests. */
export async function captureLinux(root = "/"): Promise<LinuxCapture> {
  const text = (path: string) => readFile(join(root, path), "utf8").catch(() => "");
  const machineId = (await text("etc/machine-id")).trim() || (await text("var/lib/dbus/machine-id")).trim();
  return {
    hostname: hostname(),
    productUuid: await text("sys/class/dmi/id/product_uuid"),
    boardSerial: await text("sys/class/dmi/id/board_serial"),
    machineId,
    interfaces: await linuxInterfaces(join(root, "sys/class/net")),
    cpuinfo: await text("proc/cpuinfo"),
    mountinfo: await text("proc/self/mountinfo"),
    volumes: await linuxVolumes(join(root, "dev/disk/by-uuid")),
    containerMarks: await containerMarks(root),
  };
}

/** Runs the four commands of a Mac. */
export async function captureMacos(): Promise<MacosCapture> {
  return {
    hostname: hostname(),
    ioreg: await run("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"]),
    hardwarePorts: await run("/usr/sbin/networksetup", ["-listallhardwareports"]),
    diskutil: await run("/usr/sbin/diskutil", ["info", "/"]),
    cpuBrand: await run("/usr/sbin/sysctl", ["-n", "machdep.cpu.brand_string"]),
    vmmPresent: await run("/usr/sbin/sysctl", ["-n", "kern.hv_vmm_present"]),
  };
}

/** One PowerShell for all classes, because each start of it costs most of a second. */
export async function captureWindows(): Promise<WindowsCapture> {
  const script = [
    "Get-CimInstance Win32_ComputerSystemProduct | Format-List UUID",
    "Get-CimInstance Win32_BaseBoard | Format-List SerialNumber",
    "Get-CimInstance Win32_Processor | Select-Object -First 1 | Format-List Name",
    "Get-CimInstance Win32_ComputerSystem | Format-List Manufacturer,Model",
    "Get-CimInstance Win32_LogicalDisk -Filter \"DeviceID='$env:SystemDrive'\" | Format-List VolumeSerialNumber",
    "Get-NetAdapter -Physical | Format-List Name,PermanentAddress,PnPDeviceID,HardwareInterface",
  ].join("; '---'; ");
  const printed = await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]);
  const [product = "", board = "", processor = "", system = "", volume = "", adapters = ""] =
    printed.split(/^---\r?$/m);
  const query = ["query", "HKLM\\SOFTWARE\\Microsoft\\Cryptography", "/v", "MachineGuid", "/reg:64"];
  return {
    hostname: hostname(),
    machineGuid: await run("reg.exe", query),
    ...{ product, board, processor, system, volume, adapters },
  };
}

async function linuxInterfaces(directory: string): Promise<readonly LinuxInterface[]> {
  const names = await readdir(directory).catch(() => []);
  const text = (path: string) => readFile(join(directory, path), "utf8").catch(() => "");
  return Promise.all(
    names.map(async (name) => ({
      name,
      address: (await text(`${name}/address`)).trim(),
      assignType: (await text(`${name}/addr_assign_type`)).trim(),
      device: await devicePath(directory, name),
    })),
  );
}

/** The interface's own link tells the bus; a virtual one has no `device` beneath it. */
async function devicePath(directory: string, name: string): Promise<string> {
  const device = await readlink(join(directory, name, "device")).catch(() => "");
  return device === "" ? "" : readlink(join(directory, name)).catch(() => device);
}

async function linuxVolumes(directory: string): Promise<Readonly<Record<string, string>>> {
  const uuids = await readdir(directory).catch(() => []);
  const pairs = await Promise.all(
    uuids.map(async (uuid) => [basename(await readlink(join(directory, uuid)).catch(() => "")), uuid] as const),
  );
  return Object.fromEntries(pairs);
}

async function containerMarks(root: string): Promise<string> {
  const names = [".dockerenv", "run/.containerenv"];
  const found = await Promise.all(
    names.map((name) =>
      readFile(join(root, name)).then(
        () => name,
        () => "",
      ),
    ),
  );
  const environment = await readFile(join(root, "proc/1/environ"), "latin1").catch(() => "");
  return [...found, /(^|\0)(container=[^\0]+)/.exec(environment)?.[2] ?? ""].filter((mark) => mark !== "").join(" ");
}

/** A command that is not there, fails or hangs prints nothing. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: COMMAND_TIMEOUT_MS, windowsHide: true }, (_error, stdout) => resolve(stdout));
  });
}
