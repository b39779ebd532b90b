// Events leave a host as syslog over real sockets: committed ones only, in order, and nobody waits for who does not take them.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EVENT, type EventRecord, eventRecord, syslogLine } from "@countersign/domain";
import { openMemoryHostStore } from "@countersign/storage/memory";
import { forwardingStore } from "../src/core/forwarding-store.ts";
import { openForwarding } from "../src/node/event-forwarder.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-forward-"));
after(() => rm(directory, { recursive: true, force: true }));
const warnings: object[] = [];
const log = { info: () => {}, error: () => {}, warn: (fields: object) => void warnings.push(fields) };
const record = (number: number, clientName = "pc-1"): EventRecord =>
  eventRecord({
    ...{ number, timeMs: Date.UTC(2026, 10, 24), eventId: 12290, computer: "host-1", requestId: "00112233", cmid: "" },
    ...{ repeats: 0, fields: { resultCode: 0xc004f038, clientName, reason: "COUNT_TOO_LOW", currentCount: 7 } },
  });
/** RFC 5424: header, structured data, message. */
const MESSAGE =
  /^<(\d+)>1 (\S+) (\S+) countersign - (\d+) \[countersign@32473((?: [^ ="\]]+="(?:[^"\\\]]|\\["\\\]])*")+)\] (.+)$/;

/** Everything the first connection sends until it ends. */
async function received(server: Server, during: () => Promise<void>): Promise<string> {
  const connected = once(server, "connection") as Promise<[Socket]>;
  const sending = during();
  const [socket] = await connected;
  const text = (await socket.setEncoding("utf8").toArray()).join("");
  await sending;
  return text;
}

/** RFC 6587: each message behind its length in octets. */
function counted(text: string): readonly string[] {
  const messages: string[] = [];
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    const space = rest.indexOf(0x20);
    const end = space + 1 + Number(rest.subarray(0, space).toString());
    messages.push(rest.subarray(space + 1, end).toString());
    rest = rest.subarray(end);
  }
  return messages;
}

test("an event is a message of RFC 5424, its fields structured data, whatever a name from the network holds", () => {
  const [, priority, time, host, id, data, text] = MESSAGE.exec(syslogLine(record(7))) ?? [];
  assert.deepEqual([priority, time, host, id], ["86", "2026-11-24T00:00:00.000Z", "host-1", "12290"]);
  assert.match(String(data), / number="7" requestId="00112233" resultCode="3221549112" clientName="pc-1"/);
  assert.match(String(text), /^COUNT_TOO_LOW, count 7 of/);
  for (const name of ['a"]b\\c', "line\nend", "\u001b[31m", "é"]) assert.match(syslogLine(record(1, name)), MESSAGE);
});

for (const kind of ["tcp", "unix"] as const) {
  test(`over ${kind} every event arrives once, in order, counted in octets`, async () => {
    const path = join(directory, `${kind}.sock`);
    const server = createServer();
    if (kind === "unix") server.listen(path);
    else server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const target = kind === "unix" ? `unix:${path}` : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = await received(server, async () => {
      const forwarding = openForwarding(target, log);
      for (let i = 1; i <= 500; i++) forwarding.forward(record(i, "é"));
      await once(server, "connection").catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
      await forwarding.close();
      assert.equal(forwarding.dropped, 0);
    });
    server.close();
    const messages = counted(text);
    assert.equal(messages.length, 500);
    for (const [i, message] of messages.entries()) assert.match(message, new RegExp(` number="${i + 1}" `));
  });
}

test("over udp each event is a datagram", async () => {
  const receiver = createSocket("udp4").bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const forwarding = openForwarding(`udp://127.0.0.1:${receiver.address().port}`, log);
  const arrived = once(receiver, "message") as Promise<[Buffer]>;
  forwarding.forward(record(3));
  const [message] = await arrived;
  assert.equal(message.toString(), syslogLine(record(3)));
  await forwarding.close();
  receiver.close();
});

test("the journal is given what a service's stdout begins with, then lines with a priority", async () => {
  const path = join(directory, "journal.sock");
  const server = createServer().listen(path);
  await once(server, "listening");
  const text = await received(server, async () => {
    const forwarding = openForwarding("journald", log, path);
    forwarding.forward(record(1));
    await once(server, "connection");
    await new Promise((resolve) => setImmediate(resolve));
    await forwarding.close();
  });
  server.close();
  assert.equal(
    text,
    "countersign\n\n6\n1\n0\n0\n0\n<6>event 12290: COUNT_TOO_LOW, count 7 of ?, ?, request 00112233\n",
  );
});

test("where nobody listens nothing waits: beyond ten thousand events are dropped and counted", async () => {
  const forwarding = openForwarding(`unix:${join(directory, "nobody.sock")}`, log);
  for (let i = 0; i < 10_100; i++) forwarding.forward(record(i));
  assert.equal(forwarding.dropped, 100);
  await forwarding.close();
});

test("what is rolled back is told to nobody; what is committed is told with its number", async () => {
  const told: EventRecord[] = [];
  const store = forwardingStore(
    openMemoryHostStore((length) => new Uint8Array(length).fill(1)),
    "host-1",
    (each) => told.push(each),
  );
  const event = {
    timeMs: 5,
    eventId: EVENT.adminAction,
    seat: 0,
    requestId: undefined,
    cmid: undefined,
    previous: 0,
  } as const;
  await assert.rejects(
    store.transact(async (unit) => {
      await unit.appendEvents([{ ...event, data: { action: "undone" } }]);
      throw new Error("stop");
    }),
  );
  await store.transact((unit) => unit.appendEvents([{ ...event, data: { action: "done" } }]));
  await Promise.resolve();
  assert.deepEqual(
    told.map(({ number, fields, computer }) => [number, fields["action"], computer]),
    [[1, "done", "host-1"]],
  );
});
