import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { type RunningHost, startHost } from "../src/main.ts";

const PATH = "/countersign.v1.ActivationService/Activate";

describe("what a stranger sends to tcp 1688", () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "countersign-host-"));
  const options = { dataDirectory, port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" };
  let host: RunningHost;
  before(async () => {
    host = await startHost(options);
  });
  after(async () => {
    await host.stop();
    const store = openSqliteHostStore(join(dataDirectory, "host.db"), (length) => new Uint8Array(length));
    assert.deepEqual(await store.rowCounts().then(({ machines }) => machines), 0);
    await store.close();
    rmSync(dataDirectory, { recursive: true });
  });
  const ask = async (body: Uint8Array<ArrayBuffer>) => {
    const headers = { "content-type": "application/proto" };
    const reply = await fetch(`http://127.0.0.1:${host.port}${PATH}`, { method: "POST", headers, body });
    return { status: reply.status, text: await reply.text() };
  };

  it("answers an oversized request with REQUEST_TOO_LARGE", async () => {
    const { status, text } = await ask(new Uint8Array(3000));
    assert.equal(status, 400);
    assert.match(text, /REQUEST_TOO_LARGE/);
  });

  it("answers a foreign message with REQUEST_INVALID", async () => {
    assert.match((await ask(new Uint8Array(30).fill(0xff))).text, /REQUEST_INVALID/);
  });

  it("closes a DCE/RPC bind without a byte", async () => {
    const received = await new Promise<number>((resolve) => {
      const socket = connect(host.port, "127.0.0.1", () => socket.write(Uint8Array.of(5, 0, 11, 3)));
      let bytes = 0;
      socket.on("data", (chunk) => {
        bytes += chunk.length;
      });
      socket.on("close", () => resolve(bytes));
    });
    assert.equal(received, 0);
  });

  it("refuses a second process on the same store", async () => {
    await assert.rejects(startHost(options), { message: /in use/ });
  });

  it("names a port that is taken", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "countersign-host-"));
    const taken = { ...options, dataDirectory: elsewhere, port: host.port };
    await assert.rejects(startHost(taken), new RegExp(String(host.port)));
    rmSync(elsewhere, { recursive: true });
  });
});
