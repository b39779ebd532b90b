import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BindOptions,
  type BindPlace,
  namedConfiguration,
  TEST_KEY,
  type TsigKey,
  zoneFile,
} from "./bind-configuration.ts";

/** A real BIND 9 with its own configuration in a directory of its own. */
export interface BindServer {
  readonly address: string;
  readonly port: number;
  /** `127.0.0.1:5353`, `[::1]:5353`: as a resolver is named. */
  readonly server: string;
  /** The whole zone by AXFR, one `name ttl IN type data` a line, sorted; the SOA, whose serial moves, left out. */
  transfer(zone: string): Promise<readonly string[]>;
  /** What dig says of a name: its answer section, one record a line. */
  query(name: string, type: string): Promise<readonly string[]>;
  /** Lines of nsupdate, sent under the test's own key: `add www.example.test 60 A 127.0.0.9`. */
  update(...lines: readonly string[]): Promise<void>;
  /** The same under another key; rejects with what the server says. */
  updateAs(key: TsigKey, ...lines: readonly string[]): Promise<void>;
  /** Zones and keys anew from what it is given; records that were updated stay. */
  reload(options: Pick<BindOptions, "zones" | "keys">): Promise<void>;
  /** Everything named said so far. */
  log(): string;
  /** Ends it by its process id; its directory goes too. */
  stop(): Promise<void>;
}

/** Why tests with BIND are skipped; false where it is there, and in CI, where its absence is a failure. */
export const withoutBind: string | false =
  process.env["CI"] !== undefined || ["named", "dig", "nsupdate"].every(canStart)
    ? false
    : "named, dig or nsupdate is not installed (apt-get install bind9 bind9-dnsutils)";

const ATTEMPTS = 5;
const READY_MS = 30_000;

/** Starts named and comes back once it answers. A port that somebody took in between is given up for another. */
export async function startBind(options: BindOptions): Promise<BindServer> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-bind-"));
  const address = options.address ?? "127.0.0.1";
  for (let attempt = 1; ; attempt++) {
    const place = { directory, address, port: options.port ?? (await freePort(address)) };
    await writeConfiguration(place, options);
    const named = await runNamed(place, options);
    if (named.isListening) return serverOf(place, named, options.netns);
    await end(named.child);
    if (attempt < ATTEMPTS && named.log().includes("address in use")) continue;
    await rm(directory, { recursive: true, force: true });
    throw new Error(`expected named to listen, found that it does not:\n${named.log()}`);
  }
}

function serverOf(place: BindPlace, { child, log, said }: Running, netns: string | undefined): BindServer {
  const { directory, address, port } = place;
  const dig = (...args: readonly string[]) =>
    run(netns, "dig", ["+noall", "+answer", "+tries=1", "+time=10", "-p", `${port}`, `@${address}`, ...args]);
  const updateAs: BindServer["updateAs"] = async ({ algorithm, name, secretBase64 }, ...lines) => {
    const script = [`server ${address} ${port}`, ...lines.map((line) => `update ${line}`), "send", ""];
    await run(netns, "nsupdate", ["-v", "-y", `${algorithm}:${name}:${secretBase64}`], script.join("\n"));
  };
  return {
    ...{ address, port, log },
    server: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    transfer: async (zone) =>
      linesOf(await dig("AXFR", `${zone}.`))
        .filter((line) => !/ IN SOA /.test(line))
        .sort(),
    query: async (name, type) => linesOf(await dig(type, `${name}.`)),
    update: (...lines) => updateAs(TEST_KEY, ...lines),
    updateAs,
    async reload(options) {
      await writeConfiguration(place, options);
      const before = log().length;
      child.kill("SIGHUP");
      await said(/reloading configuration (succeeded|failed)[\s\S]*?(zones? loaded|now loaded|failed)/, before);
    },
    async stop() {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writeConfiguration(place: BindPlace, options: Pick<BindOptions, "zones" | "keys">): Promise<void> {
  await writeFile(join(place.directory, "named.conf"), namedConfiguration(place, options));
  for (const zone of options.zones) {
    const file = join(place.directory, `${zone.name}.zone`);
    // A zone that was updated has a journal beside its file: the file is the server's from then on.
    await writeFile(file, zoneFile(zone, place.address), { flag: "wx" }).catch(() => undefined);
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly isListening: boolean;
  readonly log: () => string;
  /** Resolves once the log holds it, from that place on. */
  readonly said: (what: RegExp, from: number) => Promise<boolean>;
}

async function runNamed({ directory }: BindPlace, { netns }: BindOptions): Promise<Running> {
  const conf = join(directory, "named.conf");
  const [program = "", ...args] = [...inside(netns), "named", "-g", "-n", "1", "-c", conf];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  child.on("error", (fault) => {
    text += `${fault.message}\n`;
  });
  const log = () => text;
  const said = async (what: RegExp, from: number): Promise<boolean> => {
    const deadline = AbortSignal.timeout(READY_MS);
    const ended = new AbortController();
    child.once("close", () => ended.abort());
    while (!what.test(text.slice(from))) {
      if (child.exitCode !== null || child.signalCode !== null) return false;
      const signal = AbortSignal.any([deadline, ended.signal]);
      const waited = child.stderr && (await once(child.stderr, "data", { signal }).catch(() => undefined));
      if (!waited) return what.test(text.slice(from));
    }
    return true;
  };
  // "running" is said after the sockets are open and every zone is loaded: the first question is answered.
  return { child, log, said, isListening: (await said(/\brunning\n/, 0)) && !/address in use/.test(text) };
}

/** The whole group: what starts it in a namespace may stay its parent. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "close");
  process.kill(-child.pid, "SIGTERM");
  await gone;
}

async function run(netns: string | undefined, program: string, args: readonly string[], stdin = ""): Promise<string> {
  const [first = "", ...rest] = [...inside(netns), program, ...args];
  const child = spawn(first, rest, { stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    errors += piece;
  });
  // dig reads nothing and may be gone already; how it ended says whether that was well.
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`expected ${program} to end with 0, found ${code}: ${errors}${out}`);
  return out;
}

function inside(netns: string | undefined): readonly string[] {
  return netns === undefined ? [] : ["ip", "netns", "exec", netns];
}

/** Records with single spaces; remarks of dig left out. */
function linesOf(out: string): readonly string[] {
  return out
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith(";"))
    .map((line) => line.replace(/\s+/g, " ").trim());
}

function canStart(program: string): boolean {
  return spawnSync(program, ["-v"], { stdio: "ignore" }).error === undefined;
}

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  const found = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof found === "object" && found !== null ? found.port : 0;
}
