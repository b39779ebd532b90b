import { AGENT_PROTOCOL_VERSION, agentErrorOf, MAX_REQUEST_ID } from "@countersign/client";
import { type Refusal, RefusalError, refuse, toUuid } from "@countersign/domain";
import { type MachineEvent, publisherText } from "./machine.ts";
import { type Access, type AgentParts, METHODS } from "./methods.ts";
import { optionalUuid, type Params, wrong } from "./params.ts";

/** Requests of one connection that may be under way at once. */
export const MAX_PENDING = 16;

/** What a connection is given. */
export interface PeerParts extends AgentParts {
  readonly access: Access;
  readonly softwareVersion: string;
  /** One message as a line; false: the peer reads too slowly or is gone. */
  readonly send: (message: object) => void;
  /** A fault of ours while answering: for the log. */
  readonly onFault: (fault: unknown) => void;
}

/** One connection: its hello, its requests and its subscription. It has no socket; whatever a line holds, it answers. */
export class Peer {
  readonly #parts: PeerParts;
  #hasSaidHello = false;
  #pending = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(parts: PeerParts) {
    this.#parts = parts;
  }

  /** Answers one line, once. Resolves when the answer was sent; never rejects. */
  async take(line: string): Promise<void> {
    const request = readRequest(line);
    if ("refusal" in request) return this.#refuse(request.id, request.refusal);
    if (this.#pending >= MAX_PENDING) {
      const refusal = refuse("OVERLOADED", { detail: `more than ${MAX_PENDING} requests on one connection` }, 1);
      return this.#refuse(request.id, refusal);
    }
    this.#pending += 1;
    try {
      this.#parts.send({ id: request.id, result: await this.#answer(request.method, request.params) });
    } catch (fault) {
      if (!(fault instanceof RefusalError)) this.#parts.onFault(fault);
      this.#refuse(request.id, fault instanceof RefusalError ? fault.refusal : refuse("INTERNAL_FAULT"));
    } finally {
      this.#pending -= 1;
    }
  }

  get hasSaidHello(): boolean {
    return this.#hasSaidHello;
  }

  /** The connection ended. */
  close(): void {
    this.#unsubscribe?.();
  }

  /** A line was too long: the rest of the stream has no meaning, so this is the last answer. */
  refuseStream(refusal: Refusal): void {
    this.#refuse(null, refusal);
  }

  async #answer(method: string, params: Params): Promise<unknown> {
    if (method === "hello") return this.#hello(params);
    if (!this.#hasSaidHello) throw wrong('"hello" before any other method', method);
    if (method === "subscribe") return this.#subscribe(params);
    const found = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (found === undefined) throw new RefusalError(refuse("NOT_FOUND", { what: "method", name: method }));
    if (found.access === "root" && this.#parts.access !== "root") {
      throw new RefusalError(refuse("NOT_AUTHORISED", { detail: `${method} is answered on root's socket only` }));
    }
    return found.run(params, this.#parts);
  }

  #hello({ versions }: Params) {
    if (!Array.isArray(versions)) throw wrong('"versions" to be a list of numbers', versions);
    if (!versions.includes(AGENT_PROTOCOL_VERSION)) {
      const supported = String(AGENT_PROTOCOL_VERSION);
      const found = versions.slice(0, 8).map(String).join(", ");
      throw new RefusalError(refuse("UNSUPPORTED_VERSION", { expected: supported, supported, found }));
    }
    this.#hasSaidHello = true;
    return { version: AGENT_PROTOCOL_VERSION, software: this.#parts.softwareVersion };
  }

  /** Once again replaces what was subscribed to. */
  #subscribe(params: Params) {
    const only = optionalUuid(params, "activationId");
    const wanted = only === undefined ? undefined : toUuid(only);
    const ofPublisher = wanted === undefined ? undefined : this.#publisherOf(only);
    this.#unsubscribe?.();
    this.#unsubscribe = this.#parts.machine.onEvent((event) => {
      if (concerns(event, wanted, ofPublisher)) this.#parts.send({ event });
    });
    return {};
  }

  #publisherOf(activationId: Uint8Array | undefined): string | undefined {
    if (activationId === undefined) return undefined;
    return publisherText(this.#parts.machine.product(activationId).licensing);
  }

  #refuse(id: number | null, refusal: Refusal): void {
    this.#parts.send({ id, error: agentErrorOf(refusal) });
  }
}

/** A product's own events, and those of its machine: one publisher's store, clock and CMID. */
function concerns(event: MachineEvent, activationId: string | undefined, publisherId: string | undefined): boolean {
  if (activationId === undefined) return true;
  return event.product === activationId || (event.product === "" && event.publisherId === publisherId);
}

type ReadRequest =
  | { readonly id: number; readonly method: string; readonly params: Params }
  | { readonly id: number | null; readonly refusal: Refusal };

function readRequest(line: string): ReadRequest {
  const whole = jsonObject(line);
  if (whole === undefined) return { id: null, refusal: wrong("one JSON object a line", line.slice(0, 40)).refusal };
  const { id, method, params = {} } = whole;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > MAX_REQUEST_ID) {
    return { id: null, refusal: wrong(`"id" to be a whole number from 0 to ${MAX_REQUEST_ID}`, id).refusal };
  }
  if (typeof method !== "string") return { id, refusal: wrong('"method" to be a text', method).refusal };
  if (!isObject(params)) return { id, refusal: wrong('"params" to be an object', params).refusal };
  return { id, method, params };
}

function jsonObject(line: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Params {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
