import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Network, type NetworkMachine, openNetwork } from "./network.ts";

const MACHINE_ID = "/etc/machine-id";
/**
 * The library without its wrapper, which would stay between us and the program and take its signals. The monotonic clock
 * stays: a machine whose clock is wrong still waits a second in a second.
 */
const FAKETIME = [
  "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1",
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
  "DONT_FAKE_MONOTONIC=1",
];

/** How a program ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that goes on. */
export interface RunningProgram {
  stdout(): string;
  stderr(): string;
  /** To the program itself, not to what started it in the namespace. */
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

/** Machines of a site on which the real command runs, as a person types it; a directory of its own for each. */
export interface CableSite {
  readonly network: Network;
  /** `countersign` with these words, to its end. */
  run(machine: string, ...words: readonly string[]): Promise<Ended>;
  /** A line as somebody types it there: `countersign` is in the path. */
  type(machine: string, line: string): Promise<Ended>;
  /** Starts `countersign` there; resolves once it printed that, rejects when it ended before. */
  start(machine: string, ready: RegExp, ...words: readonly string[]): Promise<RunningProgram>;
  /** The directory commands run in; `name` = a file in it. */
  place(machine: string, name?: string): string;
  write(machine: string, name: string, text: string): void;
  /** What starts there from now on has a clock so far off: `+9h`, `-3d`; "" = the right time. */
  setClock(machine: string, offset: string): void;
  /** Everything that was started is gone. */
  close(): Promise<void>;
}

/** Lays the cable; `command` is the program's file and `cache` where compiled sources are kept between processes. */
export async function openCableSite(
  machines: Readonly<Record<string, NetworkMachine>>,
  { command, cache }: { readonly command: string; readonly cache?: string },
): Promise<CableSite> {
  const root = mkdtempSync(join(tmpdir(), "countersign-site-"));
  const clocks = new Map<string, string>();
  const place = (machine: string, name = ".") => join(root, machine, name);
  mkdirSync(place("bin"));
  const network = await openNetwork(
    Object.fromEntries(
      Object.entries(machines).map(([name, one]) => [
        name,
        { ...one, mounts: { ...ownPlaces(place(name)), ...ownHardware(place(name)) } },
      ]),
    ),
  );
  writeFileSync(
    place("bin", "countersign"),
    `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${command}" "$@"\n`,
  );
  chmodSync(place("bin", "countersign"), 0o755);
  const launch = (machine: string, words: readonly string[]): ChildProcess => {
    const clock = clocks.get(machine) ?? "";
    const late = clock === "" ? [] : ["env", ...FAKETIME, `FAKETIME=${clock}`];
    const [program = "", ...args] = [...network.on(machine), ...late, ...words];
    const home = place(machine);
    return spawn(program, args, {
      cwd: home,
      env: {
        ...{
          PATH: `${place("bin")}:${process.env["PATH"] ?? ""}`,
          HOME: home,
          XDG_CONFIG_HOME: home,
          XDG_STATE_HOME: home,
        },
        ...{ TMPDIR: home, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) },
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  };
  return {
    ...{ network, place },
    run: (machine, ...words) => endOf(launch(machine, ["countersign", ...words])),
    type: (machine, line) => endOf(launch(machine, ["sh", "-c", line])),
    start: (machine, ready, ...words) => running(launch(machine, ["countersign", ...words]), ready),
    write: (machine, name, text) => writeFileSync(place(machine, name), text),
    setClock: (machine, offset) => void clocks.set(machine, offset),
    async close() {
      await network.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The system's places of the product, each machine's its own: commands need no option to find them. */
function ownPlaces(home: string): Readonly<Record<string, string>> {
  const places = { "/etc/countersign": "etc", "/var/lib/countersign": "lib", "/run/countersign": "run" };
  return Object.fromEntries(
    Object.entries(places).map(([over, under]) => {
      // A mount needs something to cover; these stay behind, empty.
      for (const directory of [over, join(home, under)]) mkdirSync(directory, { recursive: true });
      return [over, join(home, under)];
    }),
  );
}

/** Machines of one image would be one machine: an installation and a board of its own for each. */
function ownHardware(home: string): Readonly<Record<string, string>> {
  const file = join(home, "machine-id");
  const directory = join(home, "sys-class");
  writeFileSync(file, `${randomUUID().replaceAll("-", "")}\n`);
  mkdirSync(join(directory, "dmi", "id"), { recursive: true });
  writeFileSync(join(directory, "dmi", "id", "product_uuid"), `${randomUUID()}\n`);
  symlinkSync("../devices/virtual/net", join(directory, "net"));
  // Where the system has no such file there is nothing to cover.
  return { "/sys/class": directory, ...(existsSync(MACHINE_ID) && { [MACHINE_ID]: file }) };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const [stdout = [], stderr = [], [code]] = await Promise.all([
    child.stdout?.setEncoding("utf8").toArray(),
    child.stderr?.setEncoding("utf8").toArray(),
    once(child, "close"),
  ]);
  return { code: code as number | null, stdout: stdout.join(""), stderr: stderr.join("") };
}

async function running(child: ChildProcess, ready: RegExp): Promise<RunningProgram> {
  const said = { stdout: "", stderr: "" };
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said.stdout += text;
      if (ready.test(said.stdout)) resolve();
    });
    void ended.then((code) =>
      reject(new Error(`expected ${ready}, found the end with ${code}:\n${said.stdout}${said.stderr}`)),
    );
  });
  return {
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    // Each program on the way replaces itself by the next, so the process is the command's own.
    signal: (name) => void child.kill(name),
    ended,
  };
}
