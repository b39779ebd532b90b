import { connect, type Socket } from "node:net";
import { type Refusal, RefusalError, refusalReasonOf, refuse } from "@countersign/domain";
import { lineSplitter } from "../agent/line-splitter.ts";
import { AGENT_PROTOCOL_VERSION, type AgentError, MAX_REQUEST_ID } from "../agent/wire.ts";

/** One connection to an agent, after its hello. */
export interface AgentConnection {
  /** Rejects with a RefusalError: the agent's, or SERVICE_NOT_RUNNING when the connection ends first. */
  request(method: string, params?: object): Promise<unknown>;
  /** Ends at once; what is waited for is refused. */
  close(): void;
}

/** What a connection tells without being asked. */
export interface AgentListener {
  readonly onEvent?: (event: unknown) => void;
  /** Once, however it ended. */
  readonly onClose?: () => void;
}

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 120_000;

/** Connects and says hello. Rejects with a RefusalError: SERVICE_NOT_RUNNING, NOT_AUTHORISED, or the agent's own. */
export async function connectAgent(path: string, listener: AgentListener = {}): Promise<AgentConnection> {
  const socket = await connected(path);
  const connection = new OpenConnection(socket, path, listener);
  await connection.request("hello", { versions: [AGENT_PROTOCOL_VERSION] });
  return connection;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: RefusalError) => void;
  readonly timer: NodeJS.Timeout;
}

class OpenConnection implements AgentConnection {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #listener: AgentListener;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(socket: Socket, path: string, listener: AgentListener) {
    this.#socket = socket;
    this.#path = path;
    this.#listener = listener;
    const splitter = lineSplitter();
    socket.on("data", (chunk: Buffer) => {
      const lines = splitter.push(chunk);
      if (lines === "too-long") socket.destroy();
      else for (const line of lines) this.#take(line);
    });
    socket.on("error", () => undefined);
    socket.once("close", () => this.#ended());
    // Waiting for events keeps no application alive.
    socket.unref();
  }

  request(method: string, params: object = {}): Promise<unknown> {
    this.#lastId = (this.#lastId % MAX_REQUEST_ID) + 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(notRunning(this.#path, "the connection ended"));
        return;
      }
      const timer = setTimeout(() => this.#socket.destroy(), REQUEST_TIMEOUT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.ref();
      this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A line that is neither an event nor an answer to us: this peer is no agent. */
  #take(line: string): void {
    const message = objectOf(line);
    if (message !== undefined && "event" in message) this.#listener.onEvent?.(message["event"]);
    else if (message === undefined || !this.#answer(Number(message["id"]), message)) this.close();
  }

  #answer(id: number, { result, error }: Readonly<Record<string, unknown>>): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (this.#waiting.size === 0) this.#socket.unref();
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new RefusalError(refusalOf(error)));
    return true;
  }

  #ended(): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(notRunning(this.#path, "the connection ended"));
    }
    this.#waiting.clear();
    this.#listener.onClose?.();
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(() => socket.destroy(new Error("timeout")), CONNECT_TIMEOUT_MS);
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const isForbidden = error.code === "EACCES" || error.code === "EPERM";
      if (isForbidden) reject(new RefusalError(refuse("NOT_AUTHORISED", { detail: path })));
      else reject(notRunning(path, error.code ?? error.message));
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function notRunning(address: string, detail: string): RefusalError {
  return new RefusalError(refuse("SERVICE_NOT_RUNNING", { role: "agent", address, detail }));
}

/** The agent's own words; a reason of a later version is told as what it says. */
function refusalOf(error: unknown): Refusal {
  const { reason, message, retryAfterS } = (error ?? {}) as Partial<Record<keyof AgentError, unknown>>;
  const known = typeof reason === "string" ? refusalReasonOf(reason) : undefined;
  const text = typeof message === "string" ? message : "";
  if (known === undefined) return refuse("INTERNAL_FAULT", { detail: `${String(reason)}: ${text}` });
  return { ...refuse(known, {}, typeof retryAfterS === "number" ? retryAfterS : 0), message: text };
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
