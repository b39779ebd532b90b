import { type AgentConnection, connectAgent } from "./agent-connection.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;

/** What somebody who keeps a line to an agent wants of it. */
export interface LineUser {
  /** A connection is there, the first one included: subscribe, and look at what was missed. */
  readonly onOpen: (connection: AgentConnection) => Promise<void>;
  readonly onEvent: (event: unknown) => void;
  readonly onAway: () => void;
}

/** A connection that comes back: an agent may be restarted or updated at any time. */
export class AgentLine {
  readonly #path: string;
  readonly #user: LineUser;
  #connection: AgentConnection | undefined;
  #opening: Promise<AgentConnection> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;

  constructor(path: string, user: LineUser) {
    this.#path = path;
    this.#user = user;
  }

  /** The connection, made now when there is none. Rejects as connectAgent does. */
  open(): Promise<AgentConnection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async request(method: string, params: object): Promise<unknown> {
    return (await this.open()).request(method, params);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection?.close();
  }

  async #connect(): Promise<AgentConnection> {
    const onClose = () => {
      const wasOpen = this.#connection !== undefined;
      this.#connection = undefined;
      if (!wasOpen || this.#closed) return;
      this.#user.onAway();
      this.#retryLater();
    };
    const connection = await connectAgent(this.#path, { onEvent: this.#user.onEvent, onClose });
    await this.#user.onOpen(connection);
    clearTimeout(this.#timer);
    this.#retryMs = FIRST_RETRY_MS;
    this.#connection = connection;
    if (this.#closed) connection.close();
    return connection;
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => {
      this.open().catch(() => {
        if (!this.#closed) this.#retryLater();
      });
    }, this.#retryMs);
    this.#timer.unref();
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }
}
