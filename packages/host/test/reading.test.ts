// A host that does not run is looked at without a trace: over a real store and real keys.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { RefusalError } from "@countersign/domain";
import { type GetFactsResponse, HostAdminService } from "@countersign/protocol/gen/host_admin";
import { METHOD_ROLES } from "../src/core/admin-roles.ts";
import { startHost } from "../src/main.ts";
import { lookAtHost, READING_METHODS } from "../src/node/reading/main.ts";
import { adminOf, prepareSite } from "./site.ts";
import { traceOf } from "./trace.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-reading-"));
after(() => rm(root, { recursive: true, force: true }));
const { hostDirectory: dataDirectory } = await prepareSite(root);

/** The answers to every method that reads; what a process says of its own run apart. */
async function everyAnswer(client: ReturnType<typeof adminOf>) {
  const answers: Record<string, unknown> = {};
  for (const method of READING_METHODS) answers[method] = await (client[method] as (asked: object) => unknown)({});
  const { startedMs: _, batches: _none, ...status } = answers["getStatus"] as Record<string, unknown>;
  const { licencesJson } = answers["getLicence"] as { readonly licencesJson: readonly string[] };
  const licences = licencesJson.map((text) => text.replace(/"trustedTimeMs":\d+/, ""));
  const {
    clock: _now,
    machine: _at,
    disk: _room,
    settings: _listed,
    ...facts
  } = JSON.parse((answers["getFacts"] as GetFactsResponse).factsJson);
  return { ...answers, getStatus: { ...status, guardedTimeMs: 0n }, getLicence: licences, getFacts: facts };
}

async function looked<T>(ask: (client: ReturnType<typeof adminOf>) => Promise<T>): Promise<T> {
  const { transport, close } = await lookAtHost({ dataDirectory });
  try {
    return await ask(createClient(HostAdminService, transport));
  } finally {
    await close();
  }
}

/** A host process that was killed: its log holds what its file does not. */
async function killHost(): Promise<void> {
  const script = fileURLToPath(import.meta.resolve("./host-process.ts"));
  const words = ["--disable-warning=ExperimentalWarning", script, dataDirectory];
  const host = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(host, "exit");
  for await (const line of createInterface({ input: host.stdout })) {
    const admin = adminOf(JSON.parse(line).adminSocket);
    await admin.setSetting({ name: "activationIntervalMinutes", value: "47" });
    host.kill("SIGKILL");
  }
  await ended;
}

describe("a host that does not run", () => {
  test("answers what it would answer running, and nothing in its directory changes", async () => {
    const before = traceOf(dataDirectory);
    const seen = await looked(everyAnswer);
    assert.deepEqual(traceOf(dataDirectory), before);
    const running = await startHost({ dataDirectory, serves: false, logLevel: "silent" });
    const answers = await everyAnswer(adminOf(running.adminSocket)).finally(() => running.stop());
    assert.deepEqual(Object.keys(seen), Object.keys(answers));
    assert.deepEqual({ ...seen, listSettings: "" }, { ...answers, listSettings: "" });
  });

  test("that was killed is read with what it had committed, and log and index stay", async () => {
    await killHost();
    const before = traceOf(dataDirectory);
    assert.ok(before.some(({ path, size }) => path === "host.db-wal" && size > 0n));
    const { settings } = await looked((client) => client.listSettings({}));
    const [interval] = settings.filter(({ name }) => name === "activationIntervalMinutes");
    assert.deepEqual([interval?.value, interval?.source], ["47", "store"]);
    await looked(everyAnswer);
    assert.deepEqual(traceOf(dataDirectory), before);
  });

  test("mutant: opened as a command that changes something opens it, it has another trace", async () => {
    const before = traceOf(dataDirectory);
    const whole = await startHost({ dataDirectory, serves: false, logLevel: "silent" });
    await everyAnswer(adminOf(whole.adminSocket)).finally(() => whole.stop());
    assert.notDeepEqual(traceOf(dataDirectory), before);
  });

  test("changes nothing for whoever asks it to all the same", async () => {
    const before = traceOf(dataDirectory);
    await assert.rejects(
      looked((client) => client.setSetting({ name: "activationIntervalMinutes", value: "30" })),
      /read-only/,
    );
    await assert.rejects(
      looked((client) => client.acceptClock({})),
      /read-only/,
    );
    assert.deepEqual(traceOf(dataDirectory), before);
  });

  test("whose keys are gone is refused by name, and no directory is made for them", async () => {
    const [keys, away] = [join(dataDirectory, "keys"), join(root, "keys-away")];
    await rename(keys, away);
    const before = traceOf(dataDirectory);
    await assert.rejects(
      lookAtHost({ dataDirectory }),
      (fault) => fault instanceof RefusalError && fault.refusal.reason === "KEY_FILE_MISSING",
    );
    assert.deepEqual(traceOf(dataDirectory), before);
    await rename(away, keys);
  });

  test("has every method of a viewer, and of others only those that are known to read", () => {
    const viewers = Object.entries(METHOD_ROLES).flatMap(([method, role]) => (role === "viewer" ? [method] : []));
    assert.deepEqual(
      READING_METHODS.filter((method) => !viewers.includes(method)),
      ["listAdministrators"],
    );
  });
});
