import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** The real command. */
export const COMMAND = fileURLToPath(new URL("../bin/countersign.mjs", import.meta.url));

/** Hundreds of processes read the same files: a third of their time is compiling them. */
const COMPILE_CACHE = fileURLToPath(new URL("../../../node_modules/.cache/countersign-tests", import.meta.url));

/** How a command ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that goes away with the test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "countersign-cli-"));
  after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** An environment in which nothing of the account's own is seen or changed. */
export function environmentIn(home: string): Record<string, string> {
  return {
    ...{ PATH: process.env["PATH"] ?? "", HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, TMPDIR: home },
    // No test asks the DNS of the network it runs in.
    ...{ NODE_COMPILE_CACHE: COMPILE_CACHE, COUNTERSIGN_DOMAIN: "off" },
  };
}

/** Runs the command to its end; stdin is empty unless given. */
export async function countersign(
  words: readonly string[],
  { home, env = {}, input = "" }: { readonly home: string; readonly env?: object; readonly input?: string },
): Promise<Ended> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", COMMAND, ...words], {
    cwd: home,
    env: { ...environmentIn(home), ...env },
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    once(child, "exit"),
  ]);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}
