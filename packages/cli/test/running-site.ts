import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after } from "node:test";
import { COMMAND, environmentIn, temporaryDirectory } from "./command.ts";
import { playTranscript, readTranscript, type Values } from "./transcript.ts";
import { startValues } from "./transcript-values.ts";

const PROLOGUE = new URL("./transcripts/slmgr/a-site.prologue", import.meta.url);

/** A command that goes on: what it printed so far, and how it ends. */
export interface RunningCommand {
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout has so many matches; rejects when the command ended without them. */
  until(pattern: RegExp, count?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly exitCode: Promise<number | null>;
}

/** A vendor, an activated host and a machine of it, as the transcripts of slmgr find them; nothing runs. */
export interface Site {
  readonly home: string;
  readonly values: Values;
  value(name: string): string;
}

/** Plays the prologue of slmgr's transcripts in a directory of its own. */
export async function prepareSite(): Promise<Site> {
  const home = temporaryDirectory();
  const values = await startValues(home);
  await playTranscript(readTranscript(readFileSync(PROLOGUE, "utf8")), home, values);
  const value = (name: string): string => {
    const found = values.get(name);
    if (found === undefined) throw new Error(`expected the transcript to name ${name}, found ${[...values.keys()]}`);
    return found;
  };
  return { home, values, value };
}

/** Starts the site's host on its ports; resolves when it serves. It ends with the test file. */
export async function serveHost({ home, value }: Site, under: readonly string[] = []): Promise<RunningCommand> {
  const ports = ["--port", value("hostPort"), "--admin-port", value("healthPort"), "--listen", "127.0.0.1"];
  const host = start(["host", "serve", "--data", "site", ...ports, "--log-level", "silent"], home, { under });
  await host.until(/host ready/);
  return host;
}

/**
 * Starts the real command; whatever still runs when the test file ends is ended. `under`: a command line that runs what
 * is behind it.
 */
export function start(
  words: readonly string[],
  home: string,
  { env = {}, under = [] }: { readonly env?: object; readonly under?: readonly string[] } = {},
): RunningCommand {
  const [file = "", ...rest] = [...under, process.execPath, "--disable-warning=ExperimentalWarning", COMMAND, ...words];
  const child = spawn(file, rest, {
    cwd: home,
    env: { ...environmentIn(home), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  after(() => ended(child));
  const said = { stdout: "", stderr: "" };
  const looks = new Set<() => void>();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
    for (const look of looks) look();
  });
  const exitCode = once(child, "close").then(([code]) => code as number | null);
  return {
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    until: (pattern, count = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if ([...said.stdout.matchAll(new RegExp(pattern, "g"))].length < count) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
        void exitCode.then((code) =>
          reject(
            new Error(`expected ${count} of ${pattern}, found exit code ${code}, ${said.stdout} and ${said.stderr}`),
          ),
        );
      }),
    signal: (name) => child.kill(name),
    exitCode,
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
