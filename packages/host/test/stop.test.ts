import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { HostStore } from "@countersign/storage";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { startHost } from "../src/main.ts";
import { prepareSite, requestBytes, type SiteProduct } from "./site.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-stop-"));
after(() => rm(directory, { recursive: true, force: true }));
const site = await prepareSite(directory);
const [product] = site.products as readonly [SiteProduct];
const options = {
  dataDirectory: site.hostDirectory,
  port: 0,
  adminPort: 0,
  listenAddress: "127.0.0.1",
  logLevel: "silent",
};

/** A store whose units wait, once armed, until they are released. */
function heldStore() {
  const gate = { armed: false, release: () => {}, committing: () => {} };
  const released = new Promise<void>((resolve) => {
    gate.release = resolve;
  });
  const inFlight = new Promise<void>((resolve) => {
    gate.committing = resolve;
  });
  const wrapStore = (store: HostStore): HostStore => ({
    ...store,
    transact: async (work) => {
      if (gate.armed) {
        gate.committing();
        await released;
      }
      return store.transact(work);
    },
  });
  return { gate, inFlight, wrapStore };
}

async function machinesInStore(): Promise<number> {
  const store = openSqliteHostStore(join(site.hostDirectory, "host.db"), (length) => new Uint8Array(length));
  const { machines } = await store.rowCounts();
  await store.close();
  return machines;
}

test("requests in flight at a stop all get their answer and their rows are there", async () => {
  const before = await machinesInStore();
  const { gate, inFlight, wrapStore } = heldStore();
  const host = await startHost({ ...options, wrapStore });
  gate.armed = true;
  // Pipelined in one write, so that all of them are accepted when the first is being committed.
  const socket = connect(host.port, "127.0.0.1", () =>
    socket.write(Buffer.concat(Array.from({ length: 20 }, () => posted(requestBytes(product))))),
  );
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  const ended = once(socket, "close");
  await inFlight;
  const stopped = host.stop();
  gate.release();
  await stopped;
  await ended;
  const served = Buffer.concat(received).toString("latin1").split("HTTP/1.1 200").length - 1;
  assert.equal(served, 20);
  assert.equal((await machinesInStore()) - before, 20);
});

test("over h2c a stop says GOAWAY, ends every stream that was accepted with its answer, and closes the session", async () => {
  const before = await machinesInStore();
  const { gate, inFlight, wrapStore } = heldStore();
  const host = await startHost({ ...options, wrapStore });
  gate.armed = true;
  const session = connectHttp2(`http://127.0.0.1:${host.port}`);
  const closed = once(session, "close");
  const goaway = once(session, "goaway");
  const answers = Array.from({ length: 20 }, () => statusOver(session, requestBytes(product)));
  await inFlight;
  const stopped = host.stop();
  const [code, lastStream] = await goaway;
  assert.equal(code, 0);
  assert.ok(lastStream >= 39, "all twenty streams are within what the host says it has taken");
  gate.release();
  assert.deepEqual(await Promise.all(answers), Array(20).fill(200));
  await Promise.all([stopped, closed]);
  assert.equal((await machinesInStore()) - before, 20);
});

test("a stop under load over h2c: whoever is told 200 is in the store, and whoever is not may ask again", async () => {
  const before = await machinesInStore();
  const host = await startHost(options);
  const sessions = Array.from({ length: 8 }, () => connectHttp2(`http://127.0.0.1:${host.port}`));
  for (const session of sessions) session.on("error", () => {});
  let answered = 0;
  let unanswered = 0;
  let enough = () => {};
  const warm = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const clients = sessions.flatMap((session) =>
    Array.from({ length: 4 }, async () => {
      while (!session.closed && !session.destroyed) {
        const status = await statusOver(session, requestBytes(product));
        if (status === 200) answered++;
        else unanswered++;
        if (answered > 100) enough();
      }
    }),
  );
  await warm;
  await host.stop();
  await Promise.all(clients);
  for (const session of sessions) session.destroy();
  const stored = (await machinesInStore()) - before;
  assert.ok(answered <= stored, `${answered} were told 200, ${stored} are in the store`);
  assert.ok(stored <= answered + unanswered);
  assert.ok(answered > 100);
});

test("an answer that takes longer than the request deadline ends its connection; the request, once accepted, is not lost", async () => {
  const before = await machinesInStore();
  const { gate, inFlight, wrapStore } = heldStore();
  const host = await startHost({ ...options, wrapStore, limits: { requestTimeoutMs: 60 } });
  gate.armed = true;
  const socket = connect(host.port, "127.0.0.1", () => socket.write(posted(requestBytes(product))));
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.on("error", () => {});
  await inFlight;
  await once(socket, "close");
  assert.equal(Buffer.concat(received).length, 0);
  gate.release();
  await host.stop();
  assert.equal((await machinesInStore()) - before, 1);
});

/** The status of one activation on an HTTP/2 session; 0 when its stream ends without one. */
function statusOver(session: ClientHttp2Session, body: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    if (session.closed || session.destroyed) {
      resolve(0);
      return;
    }
    let status = 0;
    const stream = session.request({
      ":method": "POST",
      ":path": "/countersign.v1.ActivationService/Activate",
      "content-type": "application/proto",
    });
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
    });
    stream.on("error", () => {});
    stream.on("close", () => resolve(status));
    stream.resume();
    stream.end(body);
  });
}

function posted(body: Uint8Array): Buffer {
  const head = "POST /countersign.v1.ActivationService/Activate HTTP/1.1\r\nhost: x\r\ncontent-type: application/proto";
  return Buffer.concat([Buffer.from(`${head}\r\ncontent-length: ${body.length}\r\n\r\n`), body]);
}

for (const [name, start] of [
  ["http/1.1", "POST / HTTP/1.1\r\nhost: x\r\n"],
  ["h2c", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
]) {
  test(`a header that never ends closes its ${name} socket`, async () => {
    const host = await startHost({ ...options, limits: { headerTimeoutMs: 50 } });
    const socket = connect(host.port, "127.0.0.1", () => socket.write(start ?? ""));
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "close");
    await host.stop();
  });
}
