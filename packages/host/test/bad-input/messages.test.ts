import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { EVENT } from "@countersign/domain";
import { ActivateRequestSchema } from "@countersign/protocol/gen/activation";
import { requestBytes } from "../site.ts";
import { ACTIVATE, answersIn, eventsOf, exchange, openDoor, post, rawPost, replyOf } from "./door.ts";

const door = await openDoor();
const PROTO = { "content-type": "application/proto" };
const JSON_FORM = { "content-type": "application/json" };

/** Asserts one drop by that name, no write, and a host that serves the next machine. */
async function dropped(reason: string, send: () => Promise<{ readonly reason: string }>): Promise<void> {
  const before = await door.droppedOf(reason);
  const reply = await door.unchanged(send);
  assert.equal(reply.reason, reason);
  assert.equal(await door.droppedOf(reason), before + 1);
  await door.stillServes();
}

describe("an oversized message is REQUEST_TOO_LARGE, before it is parsed and without a write", () => {
  for (const [name, headers] of [
    ["binary", PROTO],
    ["json", JSON_FORM],
  ] as const) {
    for (const length of [name === "json" ? 9000 : 2049, 100_000]) {
      it(`${name} of ${length} bytes with its length announced`, () =>
        dropped("REQUEST_TOO_LARGE", () => post(door.host.port, { headers, body: new Uint8Array(length).fill(0x20) })));

      it(`${name} of ${length} bytes in chunks`, () =>
        dropped("REQUEST_TOO_LARGE", async () => {
          const head = `POST ${ACTIVATE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${headers["content-type"]}\r\n`;
          const chunk = `${length.toString(16)}\r\n${" ".repeat(length)}\r\n0\r\n\r\n`;
          const [reply] = answersIn(
            await exchange(door.host.port, `${head}transfer-encoding: chunked\r\n\r\n${chunk}`),
          );
          assert.ok(reply);
          return reply;
        }));

      it(`${name} of ${length} bytes over h2c, with and without its length`, async () => {
        const body = Buffer.alloc(length, 0x20);
        await dropped("REQUEST_TOO_LARGE", () => overH2c(headers, body));
        await dropped("REQUEST_TOO_LARGE", () => overH2c({ ...headers, "content-length": String(length) }, body));
      });
    }
  }

  it("one that only grows large when it is unpacked", async () => {
    for (const [encoding, body] of [
      ["gzip", gzipSync(Buffer.alloc(1_000_000))],
      ["br", brotliCompressSync(Buffer.alloc(1_000_000))],
    ] as const) {
      const headers = { ...PROTO, "content-encoding": encoding };
      await dropped("REQUEST_TOO_LARGE", () => post(door.host.port, { headers, body }));
    }
  });

  it("a body without an end loses its connection and costs no memory", async () => {
    const head = `POST ${ACTIVATE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/proto\r\ntransfer-encoding: chunked\r\n\r\n`;
    await door.unchanged(async () => {
      const socket = connect(door.host.port, "127.0.0.1", () => socket.write(head));
      const closed = closing(socket);
      const pour = () => {
        while (!socket.destroyed && socket.write(`10000\r\n${"x".repeat(65_536)}\r\n`));
      };
      socket.on("drain", pour);
      pour();
      socket.resume();
      await closed;
    });
    await door.stillServes();
  });
});

describe("a foreign message", () => {
  it("is REQUEST_INVALID when it is bytes that are no request", async () => {
    await dropped("REQUEST_INVALID", () => door.ask(new Uint8Array(30).fill(0xff)));
    for (let round = 0; round < 200; round++) {
      const bytes = randomBytes(1 + (round % 300));
      const { reason } = await door.unchanged(() => door.ask(bytes));
      assert.equal(reason, "REQUEST_INVALID", bytes.toString("hex"));
    }
    await door.stillServes();
  });

  it("is REQUEST_INVALID when it is JSON that is no request", async () => {
    for (const body of ["", "{", "[]", "null", '{"cmid":7}', '{"nothing":1}', '{"cmid":"AAAA"}', '"text"', "\0\0\0"]) {
      await dropped("REQUEST_INVALID", () => post(door.host.port, { headers: JSON_FORM, body }));
    }
  });

  it("is REQUEST_INVALID in another content type, and METHOD_UNKNOWN at another path", async () => {
    const body = requestBytes(door.product);
    for (const type of ["text/plain", "application/xml", "multipart/form-data", "application/proto; charset=x y", ""]) {
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      await dropped("REQUEST_INVALID", () => post(door.host.port, { headers, body }));
    }
    for (const path of ["/", "/countersign.v1.ActivationService/Nothing", "/%00", `${ACTIVATE}/`]) {
      await dropped("METHOD_UNKNOWN", () => post(door.host.port, { headers: PROTO, body, path }));
    }
  });

  for (const verb of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"]) {
    it(`is refused by name when it is HTTP ${verb}`, async () => {
      const before = door.rows();
      const heads = [ACTIVATE, "/", "*"].map(
        (path) => `${verb} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      );
      for (const head of heads) {
        const received = await exchange(door.host.port, head);
        assert.match(received.toString("latin1"), /^HTTP\/1\.1 (4\d\d|501) /);
        if (verb === "HEAD") continue; // Its answer has no body by definition.
        assert.match(answersIn(received)[0]?.reason ?? "", /^(REQUEST_INVALID|METHOD_UNKNOWN)$/);
      }
      assert.deepEqual(door.rows(), before);
      await door.stillServes();
    });
  }

  it("is REQUEST_INVALID when it is compressed in a way nobody speaks, or not compressed as it says", async () => {
    const body = requestBytes(door.product);
    for (const encoding of ["zstd", "deflate", "gzip", "br", "gzip, br"]) {
      const headers = { ...PROTO, "content-encoding": encoding };
      await dropped("REQUEST_INVALID", () => post(door.host.port, { headers, body }));
    }
    const cut = gzipSync(body).subarray(0, 40);
    await dropped("REQUEST_INVALID", () =>
      post(door.host.port, { headers: { ...PROTO, "content-encoding": "gzip" }, body: cut }),
    );
  });

  it("is served when only its form is another: JSON, gzip, or a content type with a parameter", async () => {
    const { port } = door.host;
    const asJson = () =>
      JSON.stringify(toJson(ActivateRequestSchema, fromBinary(ActivateRequestSchema, requestBytes(door.product))));
    const gzip = { ...PROTO, "content-encoding": "gzip" };
    const before = door.rows().machines;
    assert.equal((await post(port, { headers: JSON_FORM, body: asJson() })).status, 200);
    assert.equal((await post(port, { headers: gzip, body: gzipSync(requestBytes(door.product)) })).status, 200);
    assert.equal(door.rows().machines, before + 2);
  });

  it("is closed without a byte when it is TLS", async () => {
    const hello = Buffer.concat([Uint8Array.of(0x16, 3, 1, 2, 0), randomBytes(200)]);
    const before = await door.droppedOf("REQUEST_INVALID");
    await door.unchanged(async () => assert.equal((await exchange(door.host.port, hello)).length, 0));
    assert.equal(await door.droppedOf("REQUEST_INVALID"), before + 1);
    await door.stillServes();
  });

  it("is closed without a byte when it is a DCE/RPC bind, and noted once an hour and source", async () => {
    const bind = Buffer.concat([Uint8Array.of(5, 0, 11, 3, 16, 0, 0, 0), randomBytes(64)]);
    const before = door.rows();
    assert.equal((await exchange(door.host.port, bind)).length, 0);
    assert.equal((await exchange(door.host.port, bind)).length, 0);
    assert.equal((await inTwo(bind, 1)).length, 0);
    await door.stillServes(); // Its commit follows the note's.
    assert.equal(eventsOf(door.options.dataDirectory, EVENT.otherProtocol).length, 1);
    assert.equal(door.rows().machines, before.machines + 1);
  });

  it("is REQUEST_INVALID when it is no HTTP at all", async () => {
    for (const garbage of ["\r\n\r\n\r\n", "SSH-2.0-OpenSSH_9.9\r\n", "EHLO x\r\n", "\0\0\0\0", "P", "PR", "POST"]) {
      const received = await door.unchanged(() => exchange(door.host.port, garbage, "end"));
      if (received.length > 0) assert.equal(answersIn(received)[0]?.reason, "REQUEST_INVALID", garbage);
    }
    for (let round = 0; round < 100; round++) {
      const bytes = randomBytes(1 + 3 * round);
      await door.unchanged(() => exchange(door.host.port, bytes, "end"));
    }
    await door.stillServes();
  });

  it("is refused and harms nobody when its Host header is missing or no address", async () => {
    const body = requestBytes(door.product);
    for (const form of ["application/json", "application/grpc", "application/xml"]) {
      for (const host of ["", "host: a b\r\n", "host: [\r\n", "host: \r\n", "host: a/b@c:99999\r\n"]) {
        for (const version of ["1.0", "1.1"]) {
          const head = `POST ${ACTIVATE} HTTP/${version}\r\n${host}connection: close\r\ncontent-type: ${form}\r\n`;
          const bytes = Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
          const received = await door.unchanged(() => exchange(door.host.port, bytes));
          assert.match(received.toString("latin1"), /^HTTP\/1\.1 (200|4\d\d) /);
        }
      }
    }
    await door.stillServes();
  });

  it("with a header that is too long or too many is refused without a write", async () => {
    for (const header of [
      `x: ${"y".repeat(100_000)}`,
      Array.from({ length: 5000 }, (_, i) => `x${i}: y`).join("\r\n"),
    ]) {
      const bytes = `POST ${ACTIVATE} HTTP/1.1\r\nhost: x\r\n${header}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
      await door.unchanged(() => exchange(door.host.port, bytes, "end"));
    }
    await door.stillServes();
  });
});

describe("half a message", () => {
  it("is no request wherever it breaks off, whether the peer ends, resets or says nothing more", async () => {
    const whole = rawPost(requestBytes(door.product));
    const before = door.rows();
    const cuts = [1, 2, 3, 10, 60, 100, 130, whole.length - 100, whole.length - 2, whole.length - 1];
    for (const cut of cuts) {
      const received = await exchange(door.host.port, whole.subarray(0, cut), "end");
      if (received.length > 0) assert.equal(answersIn(received)[0]?.reason, "REQUEST_INVALID");
      await resetAfter(whole.subarray(0, cut));
    }
    assert.deepEqual(door.rows(), before);
    await door.stillServes();
  });

  it("and a whole one whose sender is gone before the answer harms nobody and is kept", async () => {
    const before = door.rows().machines;
    for (let round = 0; round < 20; round++) await resetAfter(rawPost(requestBytes(door.product)));
    assert.equal((await door.askFor()).reason, "");
    const { machines } = door.rows();
    assert.ok(machines > before && machines <= before + 21, `found ${machines - before} new machines`);
  });
});

/** Resolves when it is closed, for whatever reason: a reset is what some of these ask for. */
function closing(stream: NodeJS.EventEmitter): Promise<void> {
  stream.on("error", () => {});
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

async function resetAfter(bytes: Uint8Array): Promise<void> {
  const socket: Socket = connect(door.host.port, "127.0.0.1", () =>
    socket.write(bytes, () => socket.resetAndDestroy()),
  );
  await closing(socket);
}

async function inTwo(bytes: Buffer, cut: number): Promise<Buffer> {
  const received: Buffer[] = [];
  const socket = connect({ port: door.host.port, host: "127.0.0.1", noDelay: true }, () =>
    socket.write(bytes.subarray(0, cut), () => setImmediate(() => socket.write(bytes.subarray(cut)))),
  );
  socket.on("data", (chunk) => received.push(chunk));
  await closing(socket);
  return Buffer.concat(received);
}

async function overH2c(headers: Record<string, string>, body: Buffer) {
  const session = connectHttp2(`http://127.0.0.1:${door.host.port}`);
  const stream = session.request({ ":method": "POST", ":path": ACTIVATE, ...headers });
  const received: Buffer[] = [];
  let status = 0;
  stream.on("response", (answer) => {
    status = Number(answer[":status"]);
  });
  stream.on("data", (chunk) => received.push(chunk));
  stream.end(body);
  await closing(stream);
  session.destroy();
  return replyOf(status, Buffer.concat(received));
}
