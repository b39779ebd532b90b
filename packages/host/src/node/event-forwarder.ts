import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { type EventRecord, journalLine, syslogLine } from "@countersign/domain";
import type { HostLog } from "../core/host-parts.ts";

const MOST_WAITING = 10_000;
const RETRY_MS = 5_000;
/** RFC 5426 §3.2: what every receiver must take. */
const MOST_DATAGRAM = 2_048;
const SYSLOG_PORT = 514;
const JOURNAL_SOCKET = "/run/systemd/journal/stdout";
/** Identifier, unit, priority, priorities in lines, and nowhere else: what a service's stdout begins with. */
const JOURNAL_HEADER = "countersign\n\n6\n1\n0\n0\n0\n";

/** Where events are sent besides the log. */
export interface Forwarding {
  forward(record: EventRecord): void;
  /** Sends what waits, for a moment at most, and lets go. */
  close(): Promise<void>;
  /** Since the start. */
  readonly dropped: number;
}

/** What a target needs to know of how a message is framed. */
interface Wire {
  readonly header: string;
  readonly frame: (record: EventRecord) => string;
}

/** RFC 6587 §3.4.1: octets counted, so that no line end in a message begins another. */
const COUNTED: Wire = {
  header: "",
  frame: (record) => {
    const line = syslogLine(record);
    return `${Buffer.byteLength(line)} ${line}`;
  },
};
const JOURNAL: Wire = { header: JOURNAL_HEADER, frame: (record) => `${journalLine(record)}\n` };

/**
 * Sends to `udp://host:514`, `tcp://host:514`, `unix:/path` (a stream socket that takes octet-counted syslog) or `journald`. Never blocks
 * and never fails what it tells of: beyond 10,000 that wait, events are dropped, counted and said in the service's log.
 */
export function openForwarding(target: string, log: HostLog, journalSocket = JOURNAL_SOCKET): Forwarding {
  if (target === "") return { forward: () => {}, close: async () => {}, dropped: 0 };
  if (target === "journald") return overStream(() => connect({ path: journalSocket }), JOURNAL, { target, log });
  const url = new URL(target);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || SYSLOG_PORT);
  switch (url.protocol) {
    case "udp:":
      return overDatagrams({ host, port }, log);
    case "tcp:":
      return overStream(() => connect({ host, port }), COUNTED, { target, log });
    default:
      return overStream(() => connect({ path: url.pathname }), COUNTED, { target, log });
  }
}

function overDatagrams({ host, port }: { readonly host: string; readonly port: number }, log: HostLog): Forwarding {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  let dropped = 0;
  let waiting = 0;
  socket.on("error", () => {}); // Told by the send that met it.
  const lost = () => {
    if (++dropped === 1 || dropped % 1_000 === 0) log.warn({ dropped }, "events were not forwarded");
  };
  return {
    forward(record) {
      if (waiting >= MOST_WAITING) return lost();
      waiting++;
      socket.send(Buffer.from(syslogLine(record)).subarray(0, MOST_DATAGRAM), port, host, (error) => {
        waiting--;
        if (error !== null) lost();
      });
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
    get dropped() {
      return dropped;
    },
  };
}

function overStream(
  open: () => Socket,
  { header, frame }: Wire,
  { target, log }: { readonly target: string; readonly log: HostLog },
): Forwarding {
  const waiting: string[] = [];
  let socket: Socket | undefined;
  let isClosed = false;
  let dropped = 0;
  let told = 0;
  const flush = () => {
    while (socket !== undefined && !socket.writableNeedDrain) {
      const message = waiting.shift();
      if (message === undefined) return;
      socket.write(message);
    }
  };
  const dial = () => {
    if (isClosed) return;
    const made = open();
    made.unref();
    made.on("connect", () => {
      if (header !== "") made.write(header);
      socket = made;
      if (dropped > told)
        log.warn({ target, dropped: dropped - told }, "events were not forwarded while nobody took them");
      told = dropped;
      flush();
    });
    made.on("drain", flush);
    made.on("error", () => {}); // Told by its end.
    made.on("close", () => {
      if (socket === made) log.warn({ target }, "events are not forwarded: the connection ended");
      socket = undefined;
      setTimeout(dial, RETRY_MS).unref();
    });
  };
  dial();
  return {
    forward(record) {
      if (waiting.length >= MOST_WAITING) dropped++;
      else waiting.push(frame(record));
      flush();
    },
    async close() {
      isClosed = true;
      const ending = socket;
      if (ending === undefined) return;
      for (const message of waiting.splice(0)) ending.write(message);
      await new Promise<void>((resolve) => {
        ending.end(() => resolve());
        setTimeout(resolve, 1_000).unref();
      });
      ending.destroy();
    },
    get dropped() {
      return dropped;
    },
  };
}
