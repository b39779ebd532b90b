import type { HostFacts } from "../facts/host-facts.ts";
import { shellWord } from "./phrases.ts";
import { dataOption } from "./told-hosts.ts";

/** `the option --port` of a setting's place. */
const FLAG_PLACE = /^the option (--[a-z-]+)$/;
const DEFAULT_FILE = "/etc/countersign/host.yaml";

/** The options of `countersign host serve` as it was started: its directory, its configuration, and what else was given. */
export function serveOptions(host: HostFacts, change: Readonly<Record<string, string>> = {}): string {
  const { settings, configuration } = host;
  const file = configuration?.path ?? DEFAULT_FILE;
  const flags = Object.entries(settings).flatMap(([name, { value, source, place }]) => {
    const flag = FLAG_PLACE.exec(place)?.[1];
    return source === "flag" && flag !== undefined ? [` ${flag} ${shellWord(change[name] ?? value)}`] : [];
  });
  return `${dataOption(host)}${file === DEFAULT_FILE ? "" : ` --config ${shellWord(file)}`}${flags.join("")}`;
}

/** The whole command that starts the host as it was started. */
export function serveCommand(host: HostFacts): string {
  return `countersign host serve${serveOptions(host)}`;
}

/** The file of the host's configuration, as a word of a command. */
export function configurationFile({ configuration }: HostFacts): string {
  return shellWord(configuration?.path ?? DEFAULT_FILE);
}

/**
 * The command that gives a setting another value where it is decided: the option the host is started with, the variable,
 * or the line in its file. The name is always in it, so that a person can look it up.
 */
export function settingCommand(host: HostFacts, name: string, value: string): string {
  const decided = host.settings[name];
  const file = configurationFile(host);
  switch (decided?.source) {
    case "flag":
      return `countersign host serve${serveOptions(host, { [name]: value })}  # ${name}`;
    case "environment": {
      const variable = /([A-Z_]+)$/.exec(decided.place)?.[1] ?? "";
      return `${variable}=${shellWord(value)} ${serveCommand(host)}  # ${name}`;
    }
    case "file":
      return `sed -i.bak 's|^${name}:.*|${name}: ${value}|' ${file}`;
    default:
      return `echo '${name}: ${value}' >> ${file}`;
  }
}

/** How a clock is set from a time server, by `process.platform`. */
export function setClockCommand(platform: string | undefined): string {
  if (platform === "win32") return "w32tm /resync /force";
  return platform === "darwin" ? "sntp -sS time.apple.com" : "timedatectl set-ntp true";
}

/** How files, and their directory where it is not known which, are made their owner's alone: neither loses its own rights. */
export function closeFilesCommand(platform: string | undefined, files: readonly string[], directory: string): string {
  const words = (files.length > 0 ? files : [directory]).map(shellWord);
  if (platform === "win32")
    return words.map((file) => `icacls ${file} /inheritance:r /grant:r %USERNAME%:F`).join(" & ");
  return `chmod ${files.length > 0 ? "" : "-R "}go-rwx ${words.join(" ")}`;
}

/** How the port is opened; the one of many firewalls that is there on most machines of the platform. */
export function openPortCommand(platform: string | undefined, port: number): string {
  return platform === "win32"
    ? `New-NetFirewallRule -DisplayName Countersign -Direction Inbound -Protocol TCP -LocalPort ${port} -Action Allow`
    : `nft insert rule inet filter input tcp dport ${port} accept`;
}

/** Whether nobody but this machine can reach that address. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);
}
