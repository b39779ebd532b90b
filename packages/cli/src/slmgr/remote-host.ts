import { readFile } from "node:fs/promises";
import type { Shell } from "../command.ts";
import { DEFAULT_PORTS } from "../places.ts";
import { refused } from "../refusal-report.ts";
import { secretOf } from "../secret.ts";
import { type HostCall, tcpCall } from "./host-call.ts";
import { type HostSide, hostSide } from "./host-side.ts";
import type { SlmgrFlags } from "./parse.ts";

/** The host that `HOST[:PORT]` names, asked with a token. Off loopback always over TLS. */
export async function remoteHost(target: string, flags: RemoteFlags, shell: Shell): Promise<HostSide> {
  return hostSide(await remoteCall(target, flags, shell));
}

/** Where the token is, and whom to trust besides the system's certificates. */
export type RemoteFlags = Pick<SlmgrFlags, "tokenFile" | "caFile">;

/** The same for whoever asks other methods of it. */
export async function remoteCall(target: string, flags: RemoteFlags, shell: Shell): Promise<HostCall> {
  const { host, port } = addressOf(target);
  const ca = flags.caFile === undefined ? undefined : await textOf(flags.caFile);
  const tls = isLoopback(host) && ca === undefined ? undefined : { ca };
  return tcpCall({ host, port, tls, token: await tokenOf(flags, shell) });
}

function addressOf(target: string): { readonly host: string; readonly port: number } {
  const bracketed = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/i.exec(target);
  const named = /^([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))(?::(\d{1,5}))?$/.exec(target);
  const [, host, portText] = bracketed ?? named ?? [];
  const port = portText === undefined ? DEFAULT_PORTS.hostHealth : Number(portText);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw refused("USAGE_INVALID", {
    expected: "a machine as name, name:port, IPv4 or [IPv6]:port before the option",
    found: target,
  });
}

/** --token-file, the environment, else stdin: an option would stand in the list of processes. */
async function tokenOf({ tokenFile }: RemoteFlags, shell: Shell): Promise<string> {
  if (tokenFile !== undefined && tokenFile !== "-") return (await textOf(tokenFile)).trim();
  const known = tokenFile === undefined ? await secretOf(shell, "COUNTERSIGN_TOKEN") : undefined;
  if (known !== undefined) return known.trim();
  const token = shell.isInputTerminal ? "" : (await shell.readInput()).trim();
  if (token === "") throw refused("NOT_AUTHORISED", { detail: "no token in --token-file or on stdin" });
  return token;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
