import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ClientEvent, clientEvent } from "@countersign/client";
import { connectAgent } from "@countersign/client/node";
import { ALL_EVENTS, EVENT, eventOf } from "@countersign/domain";
import { agentMachine, connected, servedSite } from "../../agent/test/agent-world.ts";
import { agentSource } from "../src/events/agent-source.ts";
import { countersign, temporaryDirectory } from "./command.ts";

const EVERYTHING = { ...ALL_EVENTS, product: undefined };

/** One event of a machine's schedule, told apart by a number. */
const scheduled = (number: number, timeMs: number): ClientEvent =>
  clientEvent(eventOf(EVENT.attemptScheduled, { attemptMs: number, reason: "activation-interval" }), {
    ...{ timeMs, computer: "pc-1", requestId: "", product: "" },
  });

test("what the agent of this machine wrote is read over its socket, by anybody", async (t) => {
  const home = temporaryDirectory();
  const served = await servedSite(t);
  const machine = agentMachine(t, "pc-1", served.host);
  machine.trust("example", served.site);
  assert.match(await machine.start(), /^agent ready/);
  const run = (...words: readonly string[]) =>
    countersign(words, { home, env: { COUNTERSIGN_AGENT: join(machine.directory, "run") } });
  const listed = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await run("events", ...words, "-o", "json");
    assert.deepEqual([code, stderr], [0, ""], words.join(" "));
    return JSON.parse(stdout).events as readonly { id: number; number: number; cmid: string; computer: string }[];
  };
  const root = await connected(t, machine.sockets.root);
  await root.request("install-key", { key: served.site.setupKey });
  await root.request("activate", { activationId: served.product });

  await t.test(
    "events lists the service's own events and every publisher's, newest first, with every filter",
    async () => {
      const all = await listed();
      assert.deepEqual(
        all.map(({ number }) => number),
        Array.from({ length: all.length }, (_, i) => all.length - i),
      );
      for (const id of [902, 1016, 1025, 12288, 12289, 1036, 16384])
        assert.ok(
          all.some((event) => event.id === id),
          `${id}`,
        );
      assert.deepEqual(
        (await listed("--id", "12288,12289")).map(({ id }) => id),
        [12289, 12288],
      );
      const [asked, replied] = [await listed("--id", "12288"), await listed("--id", "12289")];
      assert.equal(replied[0]?.cmid, asked[0]?.cmid, "a reply is of the machine that asked");
      assert.equal((await listed("--machine", "PC-1")).length, all.length);
      assert.equal((await listed("--product", "Editor Pro", "--id", "12288")).length, 1);
      assert.equal((await listed("--side", "client")).length, all.length);
      const older = await run("events", "--limit", "1", "--before", "3", "-o", "json");
      assert.deepEqual(
        [JSON.parse(older.stdout).events[0].number, older.stderr],
        [2, "older events: add --before 2\n"],
      );
      const { stdout } = await run("events", "show", "1", "-o", "json");
      assert.equal(JSON.parse(stdout).number, 1);
    },
  );

  await t.test("explain tells the machine's own half of the story, by its name", async () => {
    const { code, stdout, stderr } = await run("explain", "pc-1", "-o", "json");
    assert.deepEqual([code, stderr], [0, ""]);
    const { timeline, cmid } = JSON.parse(stdout);
    assert.match(cmid, /^[0-9a-f-]{36}$/);
    assert.ok(timeline.some((each: { side: string; id: number }) => each.side === "client" && each.id === 12288));
  });

  await t.test("a directory that is named is not the agent's", async () => {
    const { code, stderr } = await run("events", "--data", join(home, "elsewhere"));
    assert.notEqual(code, 0);
    assert.match(stderr, /store-missing/);
  });

  await t.test(
    "who names the agent is told that it does not answer; who does not, that nothing is set up",
    async () => {
      await machine.stop("SIGKILL");
      const named = await run("events", "--side", "agent");
      assert.deepEqual([named.code, /service-not-running/.test(named.stderr)], [4, true]);
      assert.match((await run("events")).stderr, /store-missing/);
      assert.match((await run("events", "--side", "house")).stderr, /host, client or agent/);
    },
  );
});

test("a log of many pages is listed, narrowed and followed to its last event, also over the turn of its files", async (t) => {
  const served = await servedSite(t);
  const machine = agentMachine(t, "pc-1", served.host);
  const startMs = Date.now() - 1_000_000;
  const file = join(machine.directory, "client", "events.jsonl");
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${JSON.stringify(scheduled(from + i, startMs + from + i))}\n`).join(
      "",
    );
  writeFileSync(file, lines(0, 1_000));
  await machine.start();
  const agent = await connectAgent(machine.sockets.everybody);
  t.after(() => agent.close());
  const source = agentSource(agent);
  const numbers = (events: readonly { fields: Readonly<Record<string, unknown>> }[]) =>
    events.flatMap(({ fields: { attemptMs } }) => (attemptMs === undefined ? [] : [attemptMs]));

  const { events, next, completeSinceMs } = await source.find({ ...EVERYTHING, eventIds: [16384] }, undefined, 10_000);
  assert.deepEqual(
    numbers(events),
    Array.from({ length: 1_000 }, (_, i) => 999 - i),
  );
  assert.deepEqual([next, completeSinceMs], [undefined, startMs]);
  const first = await source.find({ ...EVERYTHING, eventIds: [16384] }, undefined, 300);
  const second = await source.find({ ...EVERYTHING, eventIds: [16384] }, first.next, 300);
  assert.deepEqual(
    numbers([...first.events, ...second.events]),
    Array.from({ length: 600 }, (_, i) => 999 - i),
  );

  assert.deepEqual(await source.newer(EVERYTHING), [], "the first call marks the place");
  const nowMs = Date.now();
  appendFileSync(file, `${JSON.stringify(scheduled(5_000, nowMs))}\n`);
  assert.deepEqual(numbers(await source.newer(EVERYTHING)), [5_000]);
  assert.deepEqual(await source.newer(EVERYTHING), []);
  writeFileSync(file, `${JSON.stringify(scheduled(5_001, nowMs + 1))}\n`);
  assert.deepEqual(numbers(await source.newer(EVERYTHING)), [5_001], "the older events went, the numbers began anew");
});
