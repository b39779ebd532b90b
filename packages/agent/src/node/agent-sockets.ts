import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { lineSplitter, MAX_LINE_BYTES } from "@countersign/client";
import { RefusalError, refuse } from "@countersign/domain";
import type { AgentPlaces } from "../agent-options.ts";
import { activationGate, openGate } from "../core/activation-gate.ts";
import { Peer, type PeerParts } from "../core/peer.ts";

/** Open connections a socket takes; one more is closed unanswered. */
const MAX_CONNECTIONS = 128;
/** Of unread answers and events; a peer beyond it is cut off, so that it costs nobody's memory. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A connection that says nothing that long is not meant for us. */
const HELLO_TIMEOUT_MS = 10_000;

/** A listening socket. `close` ends its connections. */
export interface AgentSocket {
  close(): Promise<void>;
}

/** What is listened on, and who may open it. */
interface SocketPlace {
  readonly path: string;
  readonly mode: number;
}

/** What both sockets share. */
export type SharedParts = Omit<PeerParts, "send" | "access" | "gate">;

/** Listens on both sockets, each with what it allows; or, with a RefusalError, on neither. */
export async function listenOnBoth(
  { root, everybody }: AgentPlaces,
  parts: SharedParts,
  monotonicMs: () => number,
): Promise<AgentSocket> {
  const ofRoot = await listenForPeers({ path: root, mode: 0o600 }, { ...parts, access: "root", gate: openGate });
  try {
    const gate = activationGate(monotonicMs);
    const ofAll = await listenForPeers({ path: everybody, mode: 0o666 }, { ...parts, access: "everybody", gate });
    return { close: async () => void (await Promise.all([ofRoot.close(), ofAll.close()])) };
  } catch (fault) {
    await ofRoot.close();
    throw fault;
  }
}

/** Listens on a Unix socket (or a named pipe). Throws a RefusalError when another agent does already, or nobody may. */
async function listenForPeers({ path, mode }: SocketPlace, parts: Omit<PeerParts, "send">): Promise<AgentSocket> {
  await makeWay(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, parts);
  });
  await listening(server, path);
  // Windows has no modes; a pipe there is open to administrators and its owner by default.
  if (process.platform !== "win32") chmodSync(path, mode);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, parts: Omit<PeerParts, "send">): void {
  const splitter = lineSplitter();
  const send = (message: object) => {
    if (socket.destroyed) return;
    socket.write(`${JSON.stringify(message)}\n`);
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  };
  const peer = new Peer({ ...parts, send });
  const impatience = setTimeout(() => {
    if (!peer.hasSaidHello) socket.destroy();
  }, HELLO_TIMEOUT_MS);
  socket.on("error", () => undefined); // Peers come and go; a broken connection is theirs.
  socket.once("close", () => {
    clearTimeout(impatience);
    peer.close();
  });
  socket.on("data", (chunk: Buffer) => {
    const lines = splitter.push(chunk);
    if (lines !== "too-long") {
      for (const line of lines) void peer.take(line);
      return;
    }
    const expected = `a line of at most ${MAX_LINE_BYTES} bytes`;
    peer.refuseStream(refuse("USAGE_INVALID", { expected, found: "a longer one" }));
    socket.removeAllListeners("data");
    socket.resume();
    socket.end();
  });
}

/** A socket file that nobody answers at is what a killed agent left behind. */
async function makeWay(path: string): Promise<void> {
  if (process.platform === "win32") return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw unlistenable(path, error as NodeJS.ErrnoException);
  }
  if (await isAnswered(path)) {
    throw new RefusalError(refuse("STORE_LOCKED", { detail: `an agent answers at ${path} already` }));
  }
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(unlistenable(path, error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      // Accepting fails while the process has no file descriptor left; the server listens on and accepts again.
      server.on("error", () => undefined);
      resolve();
    });
    server.listen(path);
  });
}

function unlistenable(path: string, { code, message }: NodeJS.ErrnoException): RefusalError {
  return new RefusalError(refuse("FILE_UNWRITABLE", { path, detail: code ?? message }));
}
