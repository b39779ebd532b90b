import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { EVENT, eventOf, RefusalError, refuse } from "@countersign/domain";
import type { Host } from "../core/host.ts";
import type { HostLimits } from "../core/limits.ts";
import { isOwnNetwork, sourceOf } from "../core/source-address.ts";
import { activationHandler } from "./activation-routes.ts";
import type { AnyRequest, AnyResponse } from "./hot-activate.ts";
import { watchSockets } from "./open-sockets.ts";

/** A listening port; `close` lets accepted requests end first. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** One TCP port for HTTP/1.1 and h2c, told apart by their first bytes (protocol.md §5.9). */
export async function listenForClients(
  host: Host,
  limits: HostLimits,
  at: { readonly port: number; readonly address: string },
): Promise<Listener> {
  const sessions = new WeakMap<object, Socket>();
  const sockets = watchSockets(limits, (request) =>
    "stream" in request ? request.stream.session && sessions.get(request.stream.session) : request.socket,
  );
  const serve = activationHandler(host);
  const handler = (request: AnyRequest, response: AnyResponse) => {
    sockets.asked(request, response);
    serve(request, response);
  };
  const http1 = createHttp1(handler);
  const http2 = createHttp2(
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
  http2.on("sessionError", () => {});
  const h2c = (socket: Socket) => {
    http2.once("session", (session) => sessions.set(session, socket));
    http2.emit("connection", socket);
  };
  const perSource = new Map<string, number>();
  const listener = createServer((socket) => {
    const source = sourceOf(socket.remoteAddress ?? "");
    const open = (perSource.get(source) ?? 0) + 1;
    sockets.opened(socket);
    perSource.set(source, open);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      const left = (perSource.get(source) ?? 1) - 1;
      if (left <= 0) perSource.delete(source);
      else perSource.set(source, left);
    });
    const exempt = limits.exemptOwnNetworks && isOwnNetwork(socket.remoteAddress ?? "");
    if (!exempt && open > limits.maxConnectionsPerSource) {
      drop(socket, host, "RATE_LIMITED");
      return;
    }
    socket.once("readable", () => route(socket, host, (plain) => http1.emit("connection", plain), h2c));
  });
  const port = await listenOn(listener, at);
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      const late = setTimeout(() => sockets.destroy(), limits.requestTimeoutMs);
      // What was accepted is answered before its socket ends; what still comes is told HOST_STOPPING.
      await host.drain();
      await sockets.answered();
      sockets.end();
      await closed;
      clearTimeout(late);
    },
  };
}

/** Listens; a taken port is a refusal that names it. */
export function listenOn(
  server: NetServer,
  { port, address }: { readonly port: number; readonly address: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new RefusalError(refuse("PORT_IN_USE", { port })) : error);
    });
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
  });
}

function route(socket: Socket, host: Host, http1: (socket: Socket) => void, h2c: (socket: Socket) => void): void {
  const head: Buffer | null = socket.read();
  if (head === null) {
    socket.destroy();
    return;
  }
  const [first, second] = head;
  if (first === 0x05 && second === 0x00) {
    const address = socket.remoteAddress ?? "";
    socket.destroy();
    if (!host.drops.firstForeign(address, host.nowMs())) return;
    const detail = "a DCE/RPC bind: a client of Microsoft's KMS asked here";
    host.note(eventOf(EVENT.otherProtocol, { address, detail })).catch(() => {
      host.drops.dropped(address, "REQUEST_INVALID", host.nowMs());
    });
    return;
  }
  if (first === 0x16) {
    drop(socket, host, "REQUEST_INVALID");
    return;
  }
  socket.unshift(head);
  (head.subarray(0, 3).toString("latin1") === "PRI" ? h2c : http1)(socket);
}

function drop(socket: Socket, host: Host, reason: "REQUEST_INVALID" | "RATE_LIMITED"): void {
  host.drops.dropped(socket.remoteAddress ?? "", reason, host.nowMs());
  socket.destroy();
}
