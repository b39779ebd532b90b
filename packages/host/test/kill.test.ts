import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { toHex } from "@countersign/domain";
import type { HostStore } from "@countersign/storage";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { type PreparedSite, prepareSite } from "./site.ts";

const CLIENTS = 10;
const ROUNDS = 50;
const directory = await mkdtemp(join(tmpdir(), "countersign-kill-"));
after(() => rm(directory, { recursive: true, force: true }));
const script = (name: string) => fileURLToPath(import.meta.resolve(name));

interface Outcome {
  readonly acknowledged: number;
  readonly lost: number;
  readonly forks: number;
  readonly inFlight: number;
}

test(`kill -9 of the host ${ROUNDS} times under load: every acknowledged lease is there and no lineage forks`, async (t) => {
  const outcome = await killRounds(t, "plain", ROUNDS);
  t.diagnostic(JSON.stringify({ rounds: ROUNDS, clients: CLIENTS, ...outcome }));
  assert.ok(outcome.acknowledged > 10 * ROUNDS, "the load was real");
  assert.ok(outcome.inFlight > 0, "some kill met a batch in flight");
  assert.equal(outcome.lost, 0);
  assert.equal(outcome.forks, 0);
});

test("mutant: a host that signs before it commits fails the same test", async (t) => {
  const outcome = await killRounds(t, "mutant", 12);
  assert.ok(outcome.lost > 0 || outcome.forks > 0, JSON.stringify(outcome));
});

async function killRounds(t: TestContext, mode: "plain" | "mutant", rounds: number): Promise<Outcome> {
  const place = join(directory, mode);
  const site = await prepareSite(place, [{ name: "Server", productClass: "server", requiredCount: 5 }]);
  const [acknowledgements, mark] = [join(place, "acknowledged"), join(place, "mark")];
  const product = JSON.stringify(site.products[0], (_, value) =>
    value instanceof Uint8Array ? { type: "bytes", bytes: [...value] } : value,
  );
  const fleet = fork(script("./fleet-process.ts"), [acknowledgements, String(CLIENTS), product], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  t.after(() => fleet.kill());
  let forks = 0;
  const refused: string[] = [];
  fleet.on("message", (told: { readonly refused?: string }) => {
    if (told.refused === undefined) forks++;
    else refused.push(told.refused);
  });
  let inFlight = 0;
  for (let round = 0; round < rounds; round++) {
    const { host, port } = await startHostProcess(site, mode, mark);
    fleet.send({ port });
    const ended = once(host, "exit");
    await grown(acknowledgements, 15, () => {
      assert.equal(host.exitCode, null, "the host ended before anybody killed it");
      assert.ok(refused.length < 1000, `a fleet that only asks is refused again and again: ${refused[0]}`);
    });
    host.kill("SIGKILL");
    await ended;
    if ((await readFile(mark, "utf8")) === "1") inFlight++;
    fleet.send({});
  }
  fleet.send({ stop: true });
  await once(fleet, "exit");
  return { ...(await lostOf(site, acknowledgements)), forks, inFlight };
}

async function startHostProcess(
  site: PreparedSite,
  mode: string,
  mark: string,
): Promise<{ host: ChildProcess; port: number }> {
  const args = ["--disable-warning=ExperimentalWarning", script("./host-process.ts"), site.hostDirectory, mode, mark];
  const host = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await Promise.race([once(host.stdout, "data"), endedEarly(host)]);
  return { host, port: JSON.parse(String(line)).port };
}

/** Rejects when a host ends before anybody kills it: a test that waits for it would wait for ever. */
async function endedEarly(host: ChildProcess): Promise<never> {
  const [code] = await once(host, "exit");
  throw new Error(`expected a host that runs, found that it ended with exit code ${code}`);
}

/** Resolves once so many more acknowledgements are on disk: load, not time, decides when to kill. `look` may end the waiting. */
async function grown(path: string, more: number, look: () => void): Promise<void> {
  const lines = async () => (await readFile(path, "utf8").catch(() => "")).split("\n").length;
  const wanted = (await lines()) + more + Math.floor(Math.random() * 40);
  while ((await lines()) < wanted) {
    look();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * A fresh look at the store: the event of every acknowledged request is there, no row is behind an acknowledged sequence
 * number, and the newest acknowledged lease id of each machine is the one in its row.
 */
async function lostOf(site: PreparedSite, path: string): Promise<{ acknowledged: number; lost: number }> {
  const store = openSqliteHostStore(join(site.hostDirectory, "host.db"), (length) => new Uint8Array(length));
  const productId = site.products[0]?.productId ?? 0;
  const processed = await processedRequests(store);
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  let lost = 0;
  for (const line of lines) {
    const [leaseId = "", cmid = "", seq = "", requestId = ""] = line.split(" ");
    const row = await store.machine({ seat: 1, cmid: Buffer.from(cmid, "hex"), productId });
    const standing =
      row !== undefined &&
      (row.seq > Number(seq) || (row.seq === Number(seq) && toHex(row.statement).includes(leaseId)));
    if (!standing || !processed.has(requestId)) lost++;
  }
  await store.close();
  return { acknowledged: lines.length, lost };
}

async function processedRequests(store: HostStore): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (let afterId = 0; ; ) {
    const page = await store.events({ afterId, limit: 10_000, eventIds: [12290] });
    for (const event of page) known.add(toHex(event.requestId ?? new Uint8Array()));
    const last = page.at(-1);
    if (last === undefined) return known;
    afterId = last.id;
  }
}
