import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { MAX_LINE_BYTES, MAX_REQUEST_ID } from "@countersign/client";
import fc from "fast-check";
import { MAX_PENDING, METHODS } from "../src/index.ts";
import { agentInProcess } from "./agent-in-process.ts";
import { servedSite } from "./agent-world.ts";

type Answer = { readonly id: number | null; readonly result?: unknown; readonly error?: { readonly reason: string } };

/** A connection that sends bytes as it likes and reads answers one by one. */
interface RawPeer {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  next(): Promise<Answer | undefined>;
}

async function rawPeer(t: TestContext | undefined, path: string): Promise<RawPeer> {
  const socket = connect(path);
  await once(socket, "connect");
  socket.on("error", () => undefined);
  t?.after(() => socket.destroy());
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    socket,
    send: (text) => socket.write(text),
    next: async () => {
      // A peer that is cut off has no more answers, whichever way the system says so.
      const { done, value } = await lines.next().catch(() => ({ done: true, value: "" }));
      return done === true ? undefined : (JSON.parse(value) as Answer);
    },
  };
}

const HELLO = '{"id":1,"method":"hello","params":{"versions":[1]}}\n';

async function greeted(t: TestContext, path: string): Promise<RawPeer> {
  const peer = await rawPeer(t, path);
  peer.send(HELLO);
  assert.deepEqual(await peer.next(), { id: 1, result: { version: 1, software: "0.1.0" } });
  return peer;
}

/** A running agent's socket for everybody. */
async function socketOf(t: TestContext): Promise<string> {
  return (await agentInProcess(t, await servedSite(t), "pc-1")).sockets.everybody;
}

describe("the agent's socket", () => {
  it("answers nothing but hello before hello, and no version but its own", async (t) => {
    const peer = await rawPeer(t, await socketOf(t));
    peer.send('{"id":7,"method":"status"}\n');
    assert.equal((await peer.next())?.error?.reason, "USAGE_INVALID");
    peer.send('{"id":8,"method":"hello","params":{"versions":[2,3]}}\n');
    assert.equal((await peer.next())?.error?.reason, "UNSUPPORTED_VERSION");
    peer.send(HELLO);
    assert.equal((await peer.next())?.error, undefined);
  });

  it("reads lines however they are cut into packets, and several in one", async (t) => {
    const peer = await greeted(t, await socketOf(t));
    const line = '{"id":2,"method":"status","params":{}}\n';
    for (const character of line) {
      peer.send(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(await peer.next(), { id: 2, result: { products: [] } });
    peer.send(line.repeat(3));
    for (let i = 0; i < 3; i++) assert.deepEqual(await peer.next(), { id: 2, result: { products: [] } });
  });

  const wrong: readonly (readonly [string, string, string, number | null])[] = [
    ["no JSON", "status", "USAGE_INVALID", null],
    ["an empty line", "", "USAGE_INVALID", null],
    ["a list", "[]", "USAGE_INVALID", null],
    ["no id", '{"method":"status"}', "USAGE_INVALID", null],
    ["an id that is text", '{"id":"2","method":"status"}', "USAGE_INVALID", null],
    ["an id that is too large", `{"id":${MAX_REQUEST_ID + 1},"method":"status"}`, "USAGE_INVALID", null],
    ["no method", '{"id":2}', "USAGE_INVALID", 2],
    ["a method that is not there", '{"id":2,"method":"stop"}', "NOT_FOUND", 2],
    ["a method of every object", '{"id":2,"method":"constructor"}', "NOT_FOUND", 2],
    ["parameters that are a list", '{"id":2,"method":"status","params":[]}', "USAGE_INVALID", 2],
    ["an id of a product that is none", '{"id":2,"method":"status","params":{"activationId":"x"}}', "USAGE_INVALID", 2],
    [
      "a product nobody knows",
      '{"id":2,"method":"activate","params":{"activationId":"11111111-2222-3333-4444-555555555555"}}',
      "NOT_FOUND",
      2,
    ],
    [
      "a publisher nobody knows",
      `{"id":2,"method":"status","params":{"publisherId":"${"a".repeat(32)}"}}`,
      "NOT_FOUND",
      2,
    ],
    ["a place in the log that is none", '{"id":2,"method":"events","params":{"before":0}}', "USAGE_INVALID", 2],
    ["a number of events that is text", '{"id":2,"method":"events","params":{"limit":"9"}}', "USAGE_INVALID", 2],
    ["bytes that are no UTF-8", "\u00ff\u00fe", "USAGE_INVALID", null],
  ];
  it("answers every wrong line with one named refusal, and goes on", async (t) => {
    const peer = await greeted(t, await socketOf(t));
    for (const [what, line, reason, id] of wrong) {
      peer.send(Buffer.from(`${line}\n`, "latin1"));
      const answer = await peer.next();
      assert.equal(answer?.error?.reason, reason, what);
      assert.equal(answer?.id, id, what);
    }
    peer.send('{"id":3,"method":"status"}\n');
    assert.deepEqual(await peer.next(), { id: 3, result: { products: [] } });
  });

  it("takes a line of 64 KiB, and ends a connection whose line is longer, with the reason", async (t) => {
    const path = await socketOf(t);
    const peer = await greeted(t, path);
    const head = '{"id":2,"method":"status","params":{"filler":"';
    const whole = `${head}${"x".repeat(MAX_LINE_BYTES - head.length - 4)}"}}\n`;
    assert.equal(whole.length, MAX_LINE_BYTES);
    peer.send(whole);
    assert.deepEqual(await peer.next(), { id: 2, result: { products: [] } });
    peer.send(whole.replace("x", "xx"));
    const last = await peer.next();
    assert.deepEqual([last?.id, last?.error?.reason], [null, "USAGE_INVALID"]);
    assert.equal(await peer.next(), undefined, "the connection is over");
    await greeted(t, path);
  });

  it("ends a connection that sends without end and without a newline", async (t) => {
    const peer = await greeted(t, await socketOf(t));
    peer.send("x".repeat(1024 * 1024));
    assert.equal((await peer.next())?.error?.reason, "USAGE_INVALID");
    assert.equal(await peer.next(), undefined);
  });

  it("has so many requests of one connection under way and refuses the rest as OVERLOADED, each answered once", async (t) => {
    const served = await servedSite(t);
    const { sockets } = await agentInProcess(t, served, "pc-1");
    const peer = await greeted(t, sockets.everybody);
    const { publisherId, product, site } = served;
    const params = { publisherId, activationId: product, setupKey: site.setupKey };
    peer.send(`${JSON.stringify({ id: 2, method: "register", params })}\n`);
    await peer.next();
    const asked = Array.from({ length: 40 }, (_, i) => i + 100);
    const lines = asked.map((id) => JSON.stringify({ id, method: "activate", params: { activationId: product } }));
    peer.send(`${lines.join("\n")}\n`);
    const answers = [];
    for (let i = 0; i < asked.length; i++) answers.push(await peer.next());
    assert.deepEqual(answers.map((answer) => answer?.id).sort(), asked);
    const refused = answers.filter((answer) => answer?.error?.reason === "OVERLOADED");
    assert.equal(refused.length, asked.length - MAX_PENDING);
  });

  it("takes so many connections and no more, and serves those it has", async (t) => {
    const path = await socketOf(t);
    const first = await greeted(t, path);
    const others = await Promise.all(Array.from({ length: 127 }, () => greeted(t, path)));
    const surplus = await rawPeer(t, path);
    surplus.send(HELLO);
    assert.equal(await surplus.next(), undefined, "closed unanswered");
    for (const peer of [first, ...others]) peer.send('{"id":2,"method":"status"}\n');
    for (const peer of [first, ...others]) assert.deepEqual(await peer.next(), { id: 2, result: { products: [] } });
    first.socket.destroy();
    others[0]?.socket.destroy();
  });

  it("cuts off a peer that asks and never reads, and serves the others", async (t) => {
    const path = await socketOf(t);
    const socket = connect(path);
    t.after(() => socket.destroy());
    socket.on("error", () => undefined);
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.pause();
    const lines = '{"id":2,"method":"publishers"}\n'.repeat(1_000);
    socket.write(HELLO);
    const write = () => {
      while (!socket.destroyed && socket.write(lines));
    };
    socket.on("drain", write);
    write();
    const other = await greeted(t, path);
    other.send('{"id":2,"method":"status"}\n');
    assert.deepEqual(await other.next(), { id: 2, result: { products: [] } });
    await gone;
  });

  it("survives any lines at all, and answers each that is a line", async (t) => {
    const path = await socketOf(t);
    const word = fc.oneof(fc.constantFrom(...Object.keys(METHODS), "hello", "subscribe", "__proto__"), fc.string());
    const request = fc.record(
      { id: fc.oneof(fc.nat(), fc.jsonValue()), method: fc.oneof(word, fc.jsonValue()), params: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const line = fc.oneof(
      request.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string().map((text) => text.replaceAll("\n", " ")),
    );
    const peer = await greeted(t, path);
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        peer.send(`${text}\n`);
        const answer = await peer.next();
        assert.ok(answer !== undefined && (answer.result !== undefined || answer.error !== undefined), text);
      }),
      { numRuns: 400 },
    );
    await greeted(t, path);
  });

  it("survives any bytes at all", async (t) => {
    const path = await socketOf(t);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (chunks) => {
        const peer = await rawPeer(undefined, path);
        for (const chunk of chunks) peer.send(chunk);
        peer.socket.end();
        while ((await peer.next()) !== undefined);
        peer.socket.destroy();
      }),
      { numRuns: 60 },
    );
    await greeted(t, path);
  });
});
