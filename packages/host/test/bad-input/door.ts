import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after } from "node:test";
import { toUuid, unpackFields } from "@countersign/domain";
import type { ActivateRequest } from "@countersign/protocol";
import { type HostOptions, type RunningHost, startHost } from "../../src/main.ts";
import {
  adminOf,
  type PreparedSite,
  prepareSite,
  requestBytes,
  type SiteProduct,
  type WantedProduct,
} from "../site.ts";

/** The method that everything here knocks at. */
export const ACTIVATE = "/countersign.v1.ActivationService/Activate";

/** What the store holds, and how often somebody committed to it since the door was opened. */
export interface Rows {
  readonly machines: number;
  readonly events: number;
  readonly total: number;
  readonly failed: number;
  /** Changes with every commit, also with one that leaves the counts as they were. */
  readonly commits: number;
}

/** What came back: the reason of a refusal, or "" for a statement. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly body: Buffer;
}

/** An activated host behind its real port, with an eye on its store that is not the host's. */
export interface Door {
  readonly site: PreparedSite;
  readonly product: SiteProduct;
  readonly options: HostOptions;
  readonly host: RunningHost;
  rows(): Rows;
  /** Sends the bytes as Connect's binary form. */
  ask(body: Uint8Array): Promise<Reply>;
  /** Sends a valid first contact, bent by `change`. */
  askFor(change?: Partial<ActivateRequest>, product?: SiteProduct): Promise<Reply>;
  /** Runs `work` and asserts that nothing was committed meanwhile. */
  unchanged<T>(work: () => Promise<T>): Promise<T>;
  /** A new machine is served: its row, its event and its counter are there. */
  stillServes(): Promise<void>;
  droppedOf(reason: string): Promise<number>;
  restart(changed?: Partial<HostOptions>): Promise<void>;
  stop(): Promise<void>;
}

/** Prepares a site, starts its host on a port of the system's choice, and stops it after the file's tests. */
export async function openDoor(changed: Partial<HostOptions> = {}, wanted?: readonly WantedProduct[]): Promise<Door> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-door-"));
  const site = await prepareSite(directory, wanted);
  const options: HostOptions = {
    dataDirectory: site.hostDirectory,
    port: 0,
    adminPort: 0,
    listenAddress: "127.0.0.1",
    logLevel: "silent",
    limits: { refusedEventsPerHour: 1_000_000 },
    ...changed,
  };
  const door = await doorOf(site, options);
  after(async () => {
    await door.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return door;
}

/** The same over a host directory that is there already. */
export async function doorOf(site: PreparedSite, options: HostOptions): Promise<Door> {
  const [product] = site.products;
  assert.ok(product);
  let running: RunningHost | undefined = await startHost(options);
  const lookAt = () => new DatabaseSync(join(options.dataDirectory, "host.db"), { readOnly: true });
  let eye = lookAt();
  const host = () => {
    assert.ok(running, "the host runs");
    return running;
  };
  const stop = async () => {
    const stopping = running;
    if (stopping === undefined) return;
    running = undefined;
    eye.close(); // Whoever closes a store last leaves one file.
    await stopping.stop();
  };
  const door: Door = {
    ...{ site, product, options },
    get host() {
      return host();
    },
    rows: () => rowsOf(eye),
    ask: (body) => ask(host().port, body),
    askFor: (change, asked = product) => door.ask(requestBytes(asked, change)),
    unchanged: async (work) => {
      const before = door.rows();
      const result = await work();
      assert.deepEqual(door.rows(), before, "nothing was written");
      return result;
    },
    stillServes: async () => {
      const before = door.rows();
      const reply = await door.askFor();
      const { machines, total, failed, events } = door.rows();
      assert.equal(reply.reason, "", reply.message);
      assert.deepEqual([machines, total, failed], [before.machines + 1, before.total + 1, before.failed]);
      assert.ok(events > before.events);
    },
    droppedOf: async (reason) => {
      const { dropped } = await adminOf(host().adminSocket).getStatus({});
      return Number(dropped.find((entry) => entry.reason === reason)?.count ?? 0);
    },
    restart: async (changed = {}) => {
      await stop();
      running = await startHost({ ...options, ...changed });
      eye = lookAt();
    },
    stop,
  };
  return door;
}

function rowsOf(eye: DatabaseSync): Rows {
  const counts = eye.prepare(
    `SELECT (SELECT count(*) FROM machine) AS machines, (SELECT count(*) FROM event) AS events,
       (SELECT coalesce(sum(total), 0) FROM request_counter) AS total,
       (SELECT coalesce(sum(failed), 0) FROM request_counter) AS failed`,
  );
  const { machines, events, total, failed } = counts.get() ?? {};
  const { data_version: commits } = eye.prepare("PRAGMA data_version").get() ?? {};
  return {
    ...{ machines: Number(machines), events: Number(events), total: Number(total), failed: Number(failed) },
    commits: Number(commits),
  };
}

/** What the store says of one machine and product, but for which event was its newest. */
export function machineRow(dataDirectory: string, cmid: Uint8Array) {
  const eye = new DatabaseSync(join(dataDirectory, "host.db"), { readOnly: true });
  try {
    const found = eye.prepare("SELECT * FROM machine WHERE cmid = ?").get(cmid);
    if (found === undefined) return undefined;
    const { last_event_id: _, ...row } = found;
    return row;
  } finally {
    eye.close();
  }
}

/** Event rows of one id in their order, their data read. */
export function eventsOf(dataDirectory: string, eventId: number) {
  const eye = new DatabaseSync(join(dataDirectory, "host.db"), { readOnly: true });
  try {
    const rows = eye.prepare("SELECT * FROM event WHERE event_id = ? ORDER BY id").all(eventId);
    return rows.map((row) => {
      const cmid = row["cmid"] instanceof Uint8Array ? toUuid(row["cmid"]) : "";
      return { repeats: row["repeats"], data: unpackFields(eventId, JSON.parse(String(row["data"])), cmid) };
    });
  } finally {
    eye.close();
  }
}

/** The last 12290 of a machine. */
export function requestEvent(dataDirectory: string, cmid: Uint8Array) {
  return eventsOf(dataDirectory, 12290).findLast(({ data }) => data["cmid"] === toUuid(cmid));
}

async function ask(port: number, body: Uint8Array): Promise<Reply> {
  return post(port, { body, headers: { "content-type": "application/proto" } });
}

/** A request of HTTP/1.1 by a client that knows HTTP. */
export async function post(
  port: number,
  asked: { readonly body: Uint8Array | string; readonly headers: Record<string, string>; readonly path?: string },
): Promise<Reply> {
  const { headers, path = ACTIVATE } = asked;
  const body = typeof asked.body === "string" ? asked.body : new Uint8Array(asked.body);
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body });
  return replyOf(reply.status, Buffer.from(await reply.arrayBuffer()));
}

/** A reply by its status and body: refusals are JSON whatever was asked in (protocol.md §5.5). */
export function replyOf(status: number, body: Buffer): Reply {
  if (status === 200) return { status, reason: "", message: "", body };
  const error = JSON.parse(body.toString("utf8") || "{}");
  const detail = error.details?.[0];
  return { status, reason: detail?.debug?.reason ?? reasonIn(detail?.value), message: error.message ?? "", body };
}

/** The first field of the ErrorDetail: a text of its own, so that no code of ours reads it back. */
function reasonIn(value: string | undefined): string {
  const bytes = Buffer.from(value ?? "", "base64");
  assert.equal(bytes[0], 0x0a, `a refusal carries an ErrorDetail, found ${bytes.toString("hex")}`);
  return bytes.subarray(2, 2 + (bytes[1] ?? 0)).toString("latin1");
}

/** Writes raw bytes, ends its side when told to, and gives everything that came until the host closed. */
export async function exchange(
  port: number,
  bytes: Uint8Array | string,
  then: "end" | "wait" = "wait",
): Promise<Buffer> {
  const received: Buffer[] = [];
  await new Promise<void>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(bytes);
      if (then === "end") socket.end();
    });
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("error", () => {}); // A reset is an answer too: what came before it is judged.
    socket.on("close", () => resolve());
  });
  return Buffer.concat(received);
}

/** The head and body of a binary request, for those who write it themselves. */
export function rawPost(body: Uint8Array, extra = "connection: close\r\n"): Buffer {
  const head = `POST ${ACTIVATE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/proto\r\n${extra}`;
  return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
}

/** Every HTTP/1.1 answer in what was received, in order. */
export function answersIn(received: Buffer): readonly Reply[] {
  const answers: Reply[] = [];
  for (let rest = received; rest.length > 0; ) {
    const end = rest.indexOf("\r\n\r\n");
    assert.ok(end > 0, `an HTTP answer, found ${rest.toString("latin1", 0, 200)}`);
    const head = rest.toString("latin1", 0, end);
    const status = Number(head.split(" ")[1]);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    const { body, next } = length === undefined ? unchunked(rest, end + 4) : sized(rest, end + 4, Number(length));
    answers.push(replyOf(status, body));
    rest = rest.subarray(next);
  }
  return answers;
}

function sized(bytes: Buffer, start: number, length: number) {
  return { body: bytes.subarray(start, start + length), next: start + length };
}

function unchunked(bytes: Buffer, start: number) {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    assert.ok(size >= 0, "a chunk");
    at = lineEnd + 2 + size + 2;
    if (size === 0) return { body: Buffer.concat(parts), next: at };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
  }
}
