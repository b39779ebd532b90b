import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { MachineDomain } from "../../host-resolver.ts";
import { readLinuxDomain } from "./linux-domain.ts";
import { readMacosDomain } from "./macos-domain.ts";
import { readWindowsDomain } from "./windows-domain.ts";

const COMMAND_TIMEOUT_MS = 5_000;

/** The domain of this machine now. COUNTERSIGN_DOMAIN goes before what the machine says: a domain, or `off` for none. */
export async function readMachineDomain(): Promise<MachineDomain | undefined> {
  const explicit = process.env["COUNTERSIGN_DOMAIN"] ?? "";
  if (explicit === "off") return undefined;
  if (explicit !== "") return { domain: explicit, origin: "environment" };
  switch (process.platform) {
    case "linux":
      return readLinuxDomain({
        hostname: hostname(),
        hosts: await text("/etc/hosts"),
        resolvConf: await text("/etc/resolv.conf"),
      });
    case "darwin":
      return readMacosDomain(await printed("/usr/sbin/scutil", ["--dns"]));
    case "win32": {
      const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
      const script = "Get-CimInstance Win32_ComputerSystem | Format-List PartOfDomain,Domain";
      const [tcpip, computerSystem] = await Promise.all([
        printed("reg.exe", ["query", key]),
        printed("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", script]),
      ]);
      return readWindowsDomain({ tcpip, computerSystem });
    }
    default:
      return undefined;
  }
}

function text(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** What a command prints; "" where it is missing or fails. */
function printed(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { encoding: "utf8", timeout: COMMAND_TIMEOUT_MS, windowsHide: true } as const;
    execFile(program, words, options, (error, stdout) => resolve(error === null ? stdout : ""));
  });
}
