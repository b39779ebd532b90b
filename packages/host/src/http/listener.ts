import { createServer as createHttp1, type Server as Http1Server } from "node:http";
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from "node:http2";
import { createServer, type Socket } from "node:net";
import { EVENT, eventOf, refuse } from "@countersign/domain";
import type { Host } from "../core/host.ts";
import type { HostLog } from "../core/host-parts.ts";
import type { HostLimits } from "../core/limits.ts";
import { isOwnNetwork, sourceOf } from "../core/source-address.ts";
import { activationHandler } from "./activation-routes.ts";
import type { AnyRequest, AnyResponse } from "./any-http.ts";
import { unaryError } from "./connect-errors.ts";
import { type Listener, listenOn } from "./listening.ts";
import { watchSockets } from "./open-sockets.ts";

/** What the port of the clients stands on. */
export interface ClientPortParts {
  readonly host: Host;
  readonly limits: HostLimits;
  readonly log: HostLog;
}

/** A port of clients. `retire`: it ends, the host goes on. */
export interface ClientListener extends Listener {
  retire(): Promise<void>;
}

/** One TCP port for HTTP/1.1 and h2c, told apart by their first bytes (protocol.md §5.9). */
export async function listenForClients(
  parts: ClientPortParts,
  at: { readonly port: number; readonly address: string },
): Promise<ClientListener> {
  const { host, limits } = parts;
  const sessions = new WeakMap<object, Socket>();
  const sockets = watchSockets(limits, (request) =>
    "stream" in request ? request.stream.session && sessions.get(request.stream.session) : request.socket,
  );
  const serve = activationHandler(host, parts.log);
  const handler = (request: AnyRequest, response: AnyResponse) => {
    // A peer that leaves in the middle is an error of the streams, and one that nobody listens to ends the process.
    request.on("error", () => {});
    response.on("error", () => {});
    sockets.asked(request, response);
    serve(request, response);
  };
  const http1 = http1Server(handler, (socket, found) => {
    dropped(socket, host, "REQUEST_INVALID");
    // Requests before it in the same connection were accepted: their answers come first.
    sockets.whenIdle(socket, () => endWithRefusal(socket, found));
  });
  const http2 = http2Server(handler, (session) => {
    const socket = sessions.get(session);
    if (socket !== undefined) dropped(socket, host, "REQUEST_INVALID");
  });
  const openSessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    openSessions.add(session);
    session.on("close", () => openSessions.delete(session));
  });
  const h2c = (socket: Socket) => {
    // The session is made within this call, so no other connection's can be taken for it.
    const correlate = (session: object) => sessions.set(session, socket);
    http2.once("session", correlate);
    http2.emit("connection", socket);
    http2.off("session", correlate);
  };
  const admit = sourceLimit(limits);
  const listener = createServer((socket) => {
    sockets.opened(socket);
    socket.on("error", () => socket.destroy());
    if (!admit(socket)) {
      drop(socket, host, "RATE_LIMITED");
      return;
    }
    readHead(socket, Buffer.alloc(0), (head) => {
      const own = protocolOf(head);
      if (own === "http/1.1") http1.emit("connection", socket);
      else if (own === "h2c") h2c(socket);
      else foreign(socket, own, host);
    });
  });
  const port = await listenOn(listener, at);
  /** What was accepted is answered before its socket ends; what still comes is told HOST_STOPPING, or GOAWAY. */
  const endAfter = async (work: () => Promise<void>) => {
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    const late = setTimeout(() => sockets.destroy(), limits.requestTimeoutMs);
    for (const session of openSessions) session.close();
    await work();
    await sockets.answered();
    sockets.end();
    await closed;
    clearTimeout(late);
  };
  return { port, close: () => endAfter(host.drain), retire: () => endAfter(async () => {}) };
}

type Handler = (request: AnyRequest, response: AnyResponse) => void;

function http1Server(handler: Handler, malformed: (socket: Socket, found: string) => void): Http1Server {
  const server = createHttp1(handler);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else malformed(socket as Socket, error.code ?? error.message);
  });
  return server;
}

function endWithRefusal(socket: Socket, found: string): void {
  const { body } = unaryError(refuse("REQUEST_INVALID", { detail: `no HTTP (${found})` }));
  const head = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json";
  const answer = `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  socket.end(answer, () => socket.destroy());
}

function http2Server(handler: Handler, malformed: (session: ServerHttp2Session) => void): Http2Server {
  const server = createHttp2(
    {
      settings: { maxConcurrentStreams: 32 },
      maxHeaderListPairs: 32,
      maxSessionMemory: 1,
      maxSessionRejectedStreams: 50,
      streamResetBurst: 100,
      streamResetRate: 10,
    },
    handler,
  );
  server.on("sessionError", (_error, session) => malformed(session));
  return server;
}

/** Counts open connections per source; true while there is room for this one. */
function sourceLimit(limits: HostLimits): (socket: Socket) => boolean {
  const perSource = new Map<string, number>();
  return (socket) => {
    const address = socket.remoteAddress ?? "";
    const source = sourceOf(address);
    const open = (perSource.get(source) ?? 0) + 1;
    perSource.set(source, open);
    socket.on("close", () => {
      const left = (perSource.get(source) ?? 1) - 1;
      if (left <= 0) perSource.delete(source);
      else perSource.set(source, left);
    });
    return (limits.exemptOwnNetworks && isOwnNetwork(address)) || open <= limits.maxConnectionsPerSource;
  };
}

type Protocol = "http/1.1" | "h2c" | "dce/rpc" | "tls";

/** Waits for as many bytes as tell the protocol, and puts them back. */
function readHead(socket: Socket, before: Buffer, done: (head: Buffer) => void): void {
  socket.once("readable", () => {
    const more: Buffer | null = socket.read();
    if (more === null) {
      socket.destroy();
      return;
    }
    const head = Buffer.concat([before, more]);
    const text = head.subarray(0, 3).toString("latin1");
    if (head.length < 3 && ("PRI".startsWith(text) || text === "\x05")) {
      readHead(socket, head, done);
      return;
    }
    socket.unshift(head);
    done(head);
  });
}

function protocolOf(head: Buffer): Protocol {
  const [first, second] = head;
  if (first === 0x05 && second === 0x00) return "dce/rpc";
  if (first === 0x16) return "tls";
  return head.subarray(0, 3).toString("latin1") === "PRI" ? "h2c" : "http/1.1";
}

/** Closes without a byte; a client of Microsoft's KMS is noted once an hour and source. */
function foreign(socket: Socket, protocol: Protocol, host: Host): void {
  if (protocol !== "dce/rpc") {
    drop(socket, host, "REQUEST_INVALID");
    return;
  }
  const address = socket.remoteAddress ?? "";
  socket.destroy();
  if (!host.drops.firstForeign(address, host.nowMs())) return;
  const detail = "a DCE/RPC bind: a client of Microsoft's KMS asked here";
  host.note(eventOf(EVENT.otherProtocol, { address, detail })).catch(() => {
    host.drops.dropped(address, "REQUEST_INVALID", host.nowMs());
  });
}

function drop(socket: Socket, host: Host, reason: "REQUEST_INVALID" | "RATE_LIMITED"): void {
  dropped(socket, host, reason);
  socket.destroy();
}

function dropped(socket: Socket, host: Host, reason: "REQUEST_INVALID" | "RATE_LIMITED"): void {
  host.drops.dropped(socket.remoteAddress ?? "", reason, host.nowMs());
}
