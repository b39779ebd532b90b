import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { type AgentConnection, agentPlacesIn, connectAgent } from "@countersign/client/node";
import { RefusalError, toHex, toUuid } from "@countersign/domain";
import type { Host } from "@countersign/host";
import { openTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { openSite, type Site } from "../../client/test/site.ts";

// No test asks the DNS of the network it runs in.
process.env["COUNTERSIGN_DOMAIN"] = "off";

const PROCESS = join(import.meta.dirname, "agent-process.ts");

/** A machine with an agent: its directory, its sockets, and the process while it runs. */
export interface AgentMachine {
  readonly directory: string;
  readonly sockets: { readonly everybody: string; readonly root: string };
  readonly seed: string;
  /** Starts the process; resolves with its ready line, or the line that says why it did not start. */
  start(): Promise<string>;
  /** Starts one more on the same stores and sockets. */
  beside(): Promise<string>;
  /** By signal; resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Puts a publisher's trust file where the agent finds it. */
  trust(name: string, site: Site): void;
}

/** A publisher with a host behind a real socket, and what a program of its vendor would pass. */
export interface ServedSite {
  readonly site: Site;
  readonly host: string;
  readonly publisherId: string;
  readonly product: string;
  readonly other: string;
}

/** A site whose host listens on loopback. */
export async function servedSite(t: TestContext): Promise<ServedSite> {
  const site = await openSite({ wallMs: Date.now(), monotonicMs: 0 });
  const opened = await openTrust(site.trust, nodeCryptography);
  assert.ok(opened.ok);
  return {
    site,
    host: await listening(t, site.host),
    publisherId: toHex(opened.value.publisherId),
    product: toUuid(site.product.activationId),
    other: toUuid(site.other.activationId),
  };
}

/** A machine whose agent is told to ask `host`, behind a port mapping. */
export function agentMachine(t: TestContext, seed: string, host: string): AgentMachine {
  // Short, because a socket's path may have 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), "csa-"));
  mkdirSync(join(directory, "trust.d"));
  mkdirSync(join(directory, "client"));
  writeFileSync(join(directory, "client", "settings.json"), JSON.stringify({ format: 1, host, keepPort: true }));
  let child: ChildProcess | undefined;
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = once(child, "exit");
    child.kill(signal);
    const [code] = await gone;
    return code;
  };
  t.after(async () => {
    await stop("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    ...{ directory, seed, stop, sockets: agentPlacesIn(join(directory, "run")) },
    trust: (name, site) => writeFileSync(join(directory, "trust.d", `${name}.cstrust`), site.trust),
    start: () => {
      child = spawned(directory, seed);
      return firstWord(child);
    },
    beside: () => firstWord(spawned(directory, seed)),
  };
}

function spawned(directory: string, seed: string): ChildProcess {
  const args = ["--disable-warning=ExperimentalWarning", PROCESS, directory, seed];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Of its output: that it is ready, or why it did not start. The rest is read and dropped. */
function firstWord({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout);
  const lines = createInterface({ input: stdout });
  return new Promise((resolve) => {
    lines.on("line", (line) => {
      if (/^(agent ready|not started)/.test(line)) resolve(line);
    });
    lines.once("close", () => resolve("ended without a word"));
  });
}

/** A connection that ends with the test. */
export async function connected(
  t: TestContext,
  path: string,
  onEvent: (event: unknown) => void = () => undefined,
): Promise<AgentConnection> {
  const connection = await connectAgent(path, { onEvent });
  t.after(() => connection.close());
  return connection;
}

/** The reason a request is refused with. */
export async function reasonOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "";
  } catch (error) {
    assert.ok(error instanceof RefusalError, String(error));
    return error.refusal.reason;
  }
}

async function listening(t: TestContext, host: Host): Promise<string> {
  const methods = { Activate: host.activate, GetDocuments: host.getDocuments, GetHostInfo: host.getHostInfo };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const method = methods[request.url?.split("/").at(-1) as keyof typeof methods];
      const reply = await method(Buffer.concat(chunks), { address: "127.0.0.1" });
      if (reply.ok) response.setHeader("content-type", "application/proto").end(reply.body);
      else response.writeHead(503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
