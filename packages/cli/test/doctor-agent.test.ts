import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { DoctorReport, Facts } from "@countersign/doctor";
import { agentMachine, servedSite } from "../../agent/test/agent-world.ts";
import { countersign, temporaryDirectory } from "./command.ts";

// The doctor on a machine whose products its agent keeps. The agent of this test has made-up hardware, which the doctor
// has not: that the store is another machine's is no matter here.
test("the doctor sees what the machine's agent keeps, running or not, and leaves no trace", async (t) => {
  const home = temporaryDirectory();
  const served = await servedSite(t);
  const machine = agentMachine(t, "doctor", served.host);
  const { directory } = machine;
  machine.trust("example", served.site);
  assert.match(await machine.start(), /^agent ready/);
  const env = {
    COUNTERSIGN_AGENT: join(directory, "run"),
    COUNTERSIGN_DATA: directory,
    COUNTERSIGN_TRUST: join(directory, "trust.d"),
  };
  const doctor = async (...words: readonly string[]) => {
    const file = join(home, "facts.json");
    const { stdout, stderr } = await countersign(["doctor", "--save-facts", file, "-o", "json", ...words], {
      home,
      env,
    });
    assert.ok(stdout.startsWith("{"), stderr);
    const [client] = (JSON.parse(readFileSync(file, "utf8")) as Facts).clients;
    assert.ok(client);
    const report = JSON.parse(stdout) as DoctorReport;
    return { client, report, found: report.findings.map(({ id }) => id) };
  };
  /** Names and bytes of everything the agent keeps. */
  const trace = () => {
    const entries = readdirSync(join(directory, "client"), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    return files.sort().map((path) => {
      const { mtimeNs } = lstatSync(path, { bigint: true });
      return [path, mtimeNs, createHash("sha256").update(readFileSync(path)).digest("hex")];
    });
  };

  await t.test("before any key: the machine is a client, and no product is there", async () => {
    const { client, report } = await doctor();
    assert.equal(report.standpoint, "client");
    assert.deepEqual([client.from, client.agent?.isRunning, client.products], ["agent", true, []]);
    assert.deepEqual([client.fixedHost, client.keepPort], [served.host, true]);
  });

  await t.test("activated: the licence, who was asked, and when it asks next", async () => {
    const run = (...words: readonly string[]) => countersign(["slmgr", ...words], { home, env });
    assert.equal((await run("/ipk", served.site.setupKey)).code, 0);
    assert.equal((await run("/ato", served.product)).code, 0);
    const { client, found } = await doctor();
    const [product] = client.products;
    assert.equal(product?.activationId, served.product);
    assert.deepEqual([product?.partialKey, product?.channel], [served.site.setupKey.slice(-5), "setup key"]);
    assert.deepEqual(
      product?.lastAttempt?.tried.map(({ host, why, reason }) => [host, why, reason]),
      [[served.host, "fixed", ""]],
    );
    assert.ok((product?.nextAttemptMs ?? 0) > Date.now());
    assert.ok(!found.includes("AGENT_STOPPED") && !found.includes("FIXED_HOST_GONE"));
  });

  await t.test("killed: that is found, and the store is read all the same, as it was left", async () => {
    await machine.stop("SIGKILL");
    const before = trace();
    const { client, report } = await doctor();
    assert.equal(client.agent?.isRunning, false);
    assert.equal(client.products[0]?.partialKey, served.site.setupKey.slice(-5));
    assert.ok(report.findings.some(({ id, gravity }) => id === "AGENT_STOPPED" && gravity === "error"));
    assert.deepEqual(trace(), before);
  });

  await t.test(
    "a trust file that is cut short is named, and the store's own documents serve in its place",
    async () => {
      const file = join(directory, "trust.d", "example.cstrust");
      const whole = readFileSync(file);
      writeFileSync(file, whole.subarray(0, whole.length / 2));
      const { client, report } = await doctor();
      assert.match(client.trust?.problem?.detail ?? "", /example\.cstrust/);
      assert.equal(client.products.length, 1);
      assert.equal(report.causes[0]?.id, "TRUST_FILE_INVALID");
      writeFileSync(file, whole);
    },
  );

  await t.test("a store that is damaged is said so, and is not set aside by who looks", async () => {
    const [publisher = ""] = readdirSync(join(directory, "client")).filter((name) => /^[0-9a-f]{32}$/.test(name));
    for (const name of ["state.a", "state.b"])
      writeFileSync(join(directory, "client", publisher, name), Buffer.from("CSTS\u0001 and then nonsense"));
    const before = trace();
    const { client, found } = await doctor();
    assert.equal(client.store?.reason, "STORE_CORRUPT");
    assert.ok(found.includes("CLIENT_STORE_LOST"));
    assert.deepEqual(trace(), before);
  });

  await t.test("settings that are half a line are said so", async () => {
    writeFileSync(join(directory, "client", "settings.json"), '{ "format": 1, "ho');
    const { client, found } = await doctor();
    assert.equal(client.settingsProblems.length, 1);
    assert.ok(found.includes("CLIENT_SETTINGS_INVALID"));
  });
});
