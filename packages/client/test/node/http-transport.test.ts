import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { httpTransport } from "../../src/node/http-transport.ts";

const REQUEST = Uint8Array.of(1, 2, 3);
const quick = { connectTimeoutMs: 2_000, totalTimeoutMs: 2_000 };

async function listening(t: TestContext, server: Server | ReturnType<typeof createSocketServer>) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

const serving = (t: TestContext, listener: RequestListener) => listening(t, createServer(listener));

function rawly(t: TestContext, onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(
    t,
    createSocketServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      onConnection(socket);
    }),
  );
}

describe("one call over HTTP/1.1", () => {
  it("is a Connect unary post of protobuf, and gives the bytes of the answer", async (t) => {
    const seen: { url: string | undefined; type: string | undefined; version: unknown; body: Buffer }[] = [];
    const target = await serving(t, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const { url, headers } = request;
        const version = headers["connect-protocol-version"];
        seen.push({ url, type: headers["content-type"], version, body: Buffer.concat(chunks) });
        response.setHeader("content-type", "application/proto").end(Buffer.of(9, 8));
      });
    });
    const reply = await httpTransport()(target, "Activate", REQUEST);
    assert.deepEqual(reply, { kind: "answer", bytes: Uint8Array.of(9, 8) });
    const path = "/countersign.v1.ActivationService/Activate";
    assert.deepEqual(seen, [{ url: path, type: "application/proto", version: "1", body: Buffer.from(REQUEST) }]);
  });

  it("reads reason and rest time from the detail of a Connect error", async (t) => {
    const detail = create(ErrorDetailSchema, { reason: "RATE_LIMITED", message: "slowly", retryAfterS: 30 });
    const value = Buffer.from(toBinary(ErrorDetailSchema, detail)).toString("base64").replace(/=+$/, "");
    const error = { code: "resource_exhausted", details: [{ type: "countersign.v1.ErrorDetail", value }] };
    const target = await serving(t, (_request, response) => {
      response.writeHead(429, { "content-type": "application/json" }).end(JSON.stringify(error));
    });
    const reply = await httpTransport()(target, "Activate", REQUEST);
    assert.deepEqual(reply, { kind: "refusal", reason: "RATE_LIMITED", message: "slowly", retryAfterS: 30 });
  });

  it("takes a web server for what it is", async (t) => {
    const target = await serving(t, (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>it works</h1>");
    });
    assert.equal((await httpTransport()(target, "Activate", REQUEST)).kind, "foreign");
  });

  it("takes bytes that are no HTTP for what they are", async (t) => {
    const target = await rawly(t, (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"));
    assert.equal((await httpTransport()(target, "Activate", REQUEST)).kind, "foreign");
  });

  it("stops reading an answer past its limit", async (t) => {
    let sent = 0;
    const target = await serving(t, (_request, response) => {
      response.setHeader("content-type", "application/proto");
      const more = () => {
        sent += 4096;
        if (response.writable && sent < 64 * 1024 * 1024) response.write(Buffer.alloc(4096), () => setImmediate(more));
      };
      more();
    });
    const reply = await httpTransport()(target, "Activate", REQUEST);
    assert.equal(reply.kind, "foreign");
    assert.match(reply.kind === "foreign" ? reply.detail : "", /16384/);
    assert.ok(sent < 8 * 1024 * 1024, `the server could send ${sent} bytes`);
  });

  it("names a closed port, a reset and a silent server", async (t) => {
    const closed = await new Promise<AddressInfo>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address() as AddressInfo;
        server.close(() => resolve(address));
      });
    });
    const failure = (reason: string, detail: string) => ({ kind: "failure", reason, detail });
    const refused = await httpTransport()({ host: "127.0.0.1", port: closed.port }, "Activate", REQUEST);
    assert.deepEqual(refused, failure("HOST_UNREACHABLE", "refused"));
    const resetting = await rawly(t, (socket) => socket.once("data", () => socket.resetAndDestroy()));
    assert.deepEqual(await httpTransport()(resetting, "Activate", REQUEST), failure("HOST_UNREACHABLE", "reset"));
    const silent = await rawly(t, () => undefined);
    const impatient = httpTransport({ ...quick, totalTimeoutMs: 50 });
    assert.deepEqual(await impatient(silent, "Activate", REQUEST), failure("TIMEOUT", "reply"));
  });

  it("gives up on a server that sends one byte now and then", async (t) => {
    const target = await rawly(t, (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 1000\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 10);
      socket.once("close", () => clearInterval(drip));
    });
    const reply = await httpTransport({ ...quick, totalTimeoutMs: 100 })(target, "Activate", REQUEST);
    assert.deepEqual(reply, { kind: "failure", reason: "TIMEOUT", detail: "reply" });
  });

  it("takes an answer that breaks off for none", async (t) => {
    const target = await rawly(t, (socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 9\r\n\r\nab"),
      );
    });
    const reply = await httpTransport(quick)(target, "Activate", REQUEST);
    assert.deepEqual(reply, { kind: "failure", reason: "HOST_UNREACHABLE", detail: "reset" });
  });

  it("names a host name that does not exist", async () => {
    const reply = await httpTransport()({ host: "no-such-host.invalid", port: 1688 }, "Activate", REQUEST);
    assert.equal(reply.kind, "failure");
    assert.match(reply.kind === "failure" ? reply.reason : "", /^DNS_/);
  });
});
