import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type ClientHttp2Session, connect as connectHttp2, constants, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { requestBytes } from "../site.ts";
import { ACTIVATE, answersIn, type Door, exchange, openDoor, post, rawPost, replyOf } from "./door.ts";

const door = await openDoor();
const HOST_INFO = "/countersign.v1.ActivationService/GetHostInfo";
const DOCUMENTS = "/countersign.v1.ActivationService/GetDocuments";
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const h2 = (to: Door = door): ClientHttp2Session => {
  const session = connectHttp2(`http://127.0.0.1:${to.host.port}`);
  session.on("error", () => {});
  return session;
};

/** Resolves when it is closed, for whatever reason. */
function closing(stream: NodeJS.EventEmitter): Promise<void> {
  stream.on("error", () => {});
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

/** One request on a session; status 0 when the stream was closed without an answer. */
async function ask(session: ClientHttp2Session, body: Uint8Array, type = "application/proto"): Promise<Answer> {
  const stream = session.request({ ":method": "POST", ":path": ACTIVATE, "content-type": type, te: "trailers" });
  const received: Buffer[] = [];
  let status = 0;
  let trailers: IncomingHttpHeaders = {};
  stream.on("response", (head) => {
    status = Number(head[":status"]);
  });
  stream.on("trailers", (found) => {
    trailers = found;
  });
  stream.on("data", (chunk) => received.push(chunk));
  const closed = closing(stream);
  stream.end(body);
  await closed;
  return { status, body: Buffer.concat(received), trailers };
}

describe("requests of HTTP/1.1 in one write", () => {
  it("are answered in their order, each by its own fate", async () => {
    const good = () => rawPost(requestBytes(door.product), "");
    const before = door.rows();
    const parts = [
      good(),
      rawPost(randomBytes(40), ""),
      good(),
      rawPost(new Uint8Array(3000), ""),
      rawPost(requestBytes(door.product, { productId: 4_000_000 }), ""),
      rawPost(requestBytes(door.product)),
    ];
    const answers = answersIn(await exchange(door.host.port, Buffer.concat(parts)));
    assert.deepEqual(
      answers.map(({ reason }) => reason),
      ["", "REQUEST_INVALID", "", "REQUEST_TOO_LARGE", "PRODUCT_UNKNOWN", ""],
    );
    const { machines, total, failed } = door.rows();
    assert.deepEqual([machines, total, failed], [before.machines + 3, before.total + 4, before.failed + 1]);
    await door.stillServes();
  });

  it("end at the first that is no HTTP; those before it are answered", async () => {
    const received = await exchange(
      door.host.port,
      Buffer.concat([rawPost(requestBytes(door.product), ""), Buffer.from("nonsense\r\n\r\n")]),
    );
    assert.deepEqual(
      answersIn(received).map(({ reason }) => reason),
      ["", "REQUEST_INVALID"],
    );
    await door.stillServes();
  });
});

describe("a body that does not come", () => {
  it("ends its connection at the deadline and leaves nothing, in HTTP/1.1 and h2c", async () => {
    const impatient = await openDoor({ limits: { requestTimeoutMs: 80, headerTimeoutMs: 5000 } });
    const bytes = requestBytes(impatient.product);
    await impatient.unchanged(async () => {
      const head = rawPost(bytes, "").subarray(0, -1);
      assert.equal((await exchange(impatient.host.port, head)).length, 0);
      const session = h2(impatient);
      const closed = closing(session);
      const stream = session.request({ ":method": "POST", ":path": ACTIVATE, "content-type": "application/proto" });
      const ended = closing(stream);
      stream.write(bytes.subarray(1));
      await Promise.all([ended, closed]);
    });
    await impatient.stillServes();
  });
});

describe("sessions of h2c", () => {
  it("that open at the same time keep each its own socket and deadline", async () => {
    const watchful = await openDoor({ limits: { headerTimeoutMs: 700 } });
    const sessions = Array.from({ length: 40 }, () => h2(watchful));
    const untilMs = performance.now() + 2_100; // Three times what a socket without a request has.
    const before = watchful.rows().machines;
    const asked = await Promise.all(
      sessions.map(async (session) => {
        let count = 0;
        do {
          const { status } = await ask(session, requestBytes(watchful.product));
          assert.equal(status, 200);
          count++;
        } while (performance.now() < untilMs);
        return count;
      }),
    );
    assert.ok(sessions.every((session) => !session.destroyed));
    assert.equal(watchful.rows().machines, before + asked.reduce((sum, count) => sum + count, 0));
    for (const session of sessions) session.destroy();
    await watchful.stillServes();
  });

  it("whose peers leave in the middle of an answer harm nobody", async () => {
    for (let round = 0; round < 30; round++) {
      const session = h2();
      const closed = closing(session);
      const streams = Array.from({ length: 10 }, () => ask(session, requestBytes(door.product)).catch(() => {}));
      if (round % 3 === 0) session.once("connect", () => session.destroy());
      else if (round % 3 === 1) setImmediate(() => session.destroy());
      else void Promise.race(streams).then(() => session.destroy());
      await closed;
    }
    await settledDoor();
  });

  it("with more streams than are allowed are served or refused, and go on", async () => {
    const session = h2();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ask(session, requestBytes(door.product)).catch(() => undefined)),
    );
    const served = answers.filter((answer) => answer?.status === 200).length;
    assert.ok(served >= 32, `${served} of 100`);
    session.destroy();
    await settledDoor();
  });

  it("that open streams only to reset them lose their session, nobody else's", async () => {
    const bystander = h2();
    assert.equal((await ask(bystander, requestBytes(door.product))).status, 200);
    const session = h2();
    const closed = closing(session);
    session.once("connect", () => {
      for (let i = 0; i < 400 && !session.destroyed; i++) {
        const stream = session.request({ ":method": "POST", ":path": ACTIVATE }, { endStream: false });
        stream.on("error", () => {});
        stream.close(constants.NGHTTP2_CANCEL);
      }
    });
    await closed;
    assert.equal((await ask(bystander, requestBytes(door.product))).status, 200);
    bystander.destroy();
    await settledDoor();
  });

  it("that are none after the preface are REQUEST_INVALID and closed", async () => {
    const bodies = [
      randomBytes(200),
      Buffer.alloc(9),
      Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
      Buffer.alloc(100, 0xff),
    ];
    for (const body of bodies) {
      const before = await door.droppedOf("REQUEST_INVALID");
      await door.unchanged(() => exchange(door.host.port, Buffer.concat([Buffer.from(PREFACE), body])));
      assert.equal(await door.droppedOf("REQUEST_INVALID"), before + 1, body.toString("hex"));
    }
    await door.stillServes();
  });
});

/** What is still being served of those who left ends first; then one more is served. */
async function settledDoor(): Promise<void> {
  await door.restart();
  await door.stillServes();
}

describe("the generic protocols", () => {
  const frame = (message: Uint8Array) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
  };
  const named = (details: unknown) => Buffer.from(String(details), "base64").toString("latin1");

  for (const [name, reason, status, body] of [
    ["bytes that are no message", "REQUEST_INVALID", "3", frame(new Uint8Array(30).fill(0xff))],
    ["an empty message", "REQUEST_INVALID", "3", frame(new Uint8Array())],
    ["a frame cut short", "REQUEST_INVALID", "3", frame(requestBytes(door.product)).subarray(0, 100)],
    ["a frame that promises more than is allowed", "REQUEST_TOO_LARGE", "3", Buffer.from("00ffffffff00", "hex")],
    ["a message above the limit", "REQUEST_INVALID", "3", frame(new Uint8Array(5000))],
    ["a nonce of 31 bytes", "REQUEST_INVALID", "3", frame(requestBytes(door.product, { nonce: randomBytes(31) }))],
  ] as const) {
    it(`gRPC: ${name} is ${reason} in the trailers`, async () => {
      const session = h2();
      const { trailers } = await door.unchanged(() => ask(session, body, "application/grpc"));
      session.destroy();
      assert.equal(trailers["grpc-status"], status, String(trailers["grpc-message"]));
      assert.match(named(trailers["grpc-status-details-bin"]), new RegExp(reason));
      await door.stillServes();
    });
  }

  it("gRPC-Web: bytes that are no message are REQUEST_INVALID in the last frame", async () => {
    const session = h2();
    const body = frame(new Uint8Array(30).fill(0xff));
    const answer = await door.unchanged(() => ask(session, body, "application/grpc-web+proto"));
    session.destroy();
    assert.equal(answer.body[0], 0x80);
    const details = /grpc-status-details-bin: (\S+)/i.exec(answer.body.toString("latin1"))?.[1];
    assert.match(named(details), /REQUEST_INVALID/);
  });

  for (const [path, body, reason] of [
    [HOST_INFO, '{"nonce":"AAAA"}', "REQUEST_INVALID"],
    [HOST_INFO, '{"publisherId":"AAAAAAAAAAAAAAAAAAAAAA=="}', "UNKNOWN_PUBLISHER"],
    [HOST_INFO, "[", "REQUEST_INVALID"],
    [DOCUMENTS, '{"publisherId":"AAAAAAAAAAAAAAAAAAAAAA=="}', "UNKNOWN_PUBLISHER"],
    [DOCUMENTS, '{"rootVersion":"many"}', "REQUEST_INVALID"],
  ] as const) {
    it(`${path.split("/")[2]} of ${body} is ${reason}`, async () => {
      const headers = { "content-type": "application/json" };
      const reply = await door.unchanged(() => post(door.host.port, { headers, body, path }));
      assert.equal(reply.reason, reason);
      await door.stillServes();
    });
  }
});

describe("a source with more than its share, where own networks are not exempt", () => {
  it("loses the connections over the limit, and has room again when one is closed", async () => {
    const strict = await openDoor({ limits: { exemptOwnNetworks: false, maxConnectionsPerSource: 2 } });
    const held = await Promise.all([opened(strict), opened(strict)]);
    await strict.unchanged(async () =>
      assert.equal((await exchange(strict.host.port, rawPost(requestBytes(strict.product)))).length, 0),
    );
    assert.equal(await strict.droppedOf("RATE_LIMITED"), 1);
    await Promise.all(
      held.map((socket) => {
        const closed = closing(socket);
        socket.resetAndDestroy();
        return closed;
      }),
    );
    let answered: Buffer = Buffer.alloc(0);
    // The host hears of the two that are gone in its own time.
    for (let attempt = 0; attempt < 1000 && answered.length === 0; attempt++) {
      answered = await exchange(strict.host.port, rawPost(requestBytes(strict.product)));
    }
    assert.equal(answersIn(answered)[0]?.reason, "");
  });

  it("is RATE_LIMITED and told when to ask again: dropped, no write", async () => {
    const strict = await openDoor({ limits: { exemptOwnNetworks: false, sourceBurst: 3, sourcePerSecond: 0.001 } });
    for (let i = 0; i < 3; i++) await strict.stillServes();
    const received = await strict.unchanged(() => exchange(strict.host.port, rawPost(requestBytes(strict.product))));
    const [reply] = answersIn(received);
    assert.ok(reply);
    assert.deepEqual([reply.reason, reply.status], ["RATE_LIMITED", 429]);
    assert.match(replyOf(reply.status, reply.body).message, /ask again in \d+ s/);
    assert.equal(await strict.droppedOf("RATE_LIMITED"), 1);
  });
});

/** A connection that was accepted: it has said half a header. */
function opened(to: Door): Promise<ReturnType<typeof connect>> {
  return new Promise((resolve) => {
    const socket = connect(to.host.port, "127.0.0.1", () => socket.write("POST ", () => resolve(socket)));
  });
}
