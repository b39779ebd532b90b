import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  DNS_TYPE,
  DnsFault,
  encodeDnsName,
  encodeDnsQuery,
  encodeDnsUpdate,
  readDnsMessage,
  type ZoneService,
} from "../../src/index.ts";
import { CAPTURED } from "./captured-exchanges.ts";

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const read = (bytes: Uint8Array) => {
  const outcome = readDnsMessage(bytes);
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.detail);
  return outcome.value;
};
const RECORD: ZoneService = {
  ...{ name: "_countersign._tcp.example.test", priority: 10, weight: 5, port: 1688 },
  target: "kms.example.test",
};

test("a question and an update are the bytes that dig and nsupdate send", () => {
  const { question } = CAPTURED.ns;
  // dig sets AD (RFC 6840 §5.7), which nobody needs to send.
  const asked = bytesOf(question).map((byte, i) => (i === 3 ? 0 : byte));
  assert.deepEqual(encodeDnsQuery(0x9702, "Example.test.", DNS_TYPE.NS), asked);
  for (const [kind, captured] of [
    ["add", CAPTURED.sha256],
    ["remove", CAPTURED.remove],
  ] as const) {
    const whole = bytesOf(captured.question);
    const id = (whole[0] ?? 0) * 256 + (whole[1] ?? 0);
    const at = read(whole).additional.at(-1)?.at ?? 0;
    const unsigned = whole.slice(0, at).map((byte, i) => (i === 11 ? 0 : byte));
    assert.deepEqual(encodeDnsUpdate(id, "example.test", [{ kind, record: RECORD, ttlS: 3600 }]), unsigned, kind);
  }
});

test("an answer of named is read with its compressed names, addresses and primary", () => {
  const soa = read(bytesOf(CAPTURED.soa.answer));
  assert.deepEqual(
    soa.authority.map(({ name, data }) => [name, data]),
    [["example.test", { kind: "soa", primary: "ns.example.test" }]],
  );
  assert.equal(soa.rcode, 3);
  const ns = read(bytesOf(CAPTURED.ns.answer));
  assert.deepEqual([ns.isResponse, ns.isAuthoritative, ns.isTruncated, ns.opcode], [true, true, false, 0]);
  assert.deepEqual(ns.answers[0]?.data, { kind: "name", target: "ns.example.test" });
  assert.deepEqual(ns.additional[0]?.data, { kind: "address", address: "127.0.0.1" });
});

test("every truncation of every captured message is refused", () => {
  for (const [name, { question, answer }] of Object.entries(CAPTURED)) {
    for (const whole of [bytesOf(question), bytesOf(answer)]) {
      for (let length = 0; length < whole.length; length++)
        assert.equal(readDnsMessage(whole.subarray(0, length)).ok, false, `${name} at ${length}`);
      assert.equal(readDnsMessage(new Uint8Array([...whole, 0])).ok, false, `${name} with a byte more`);
    }
  }
});

/** One question, and an answer of one record whose name and data the test bends. */
function bent(nameBytes: readonly number[], type = 33, data: readonly number[] = [0, 0, 0, 0, 6, 152, 0]): Uint8Array {
  const question = [1, 0x78, 0, 0, type, 0, 1];
  const record = [...nameBytes, 0, type, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255, ...data];
  return new Uint8Array([0, 1, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0, ...question, ...record]);
}

test("pointers only lead back: no message is walked for ever", () => {
  const place = 12 + 7;
  assert.equal(readDnsMessage(bent([0xc0, 12])).ok, true, "to the question's name");
  const cases: readonly (readonly [string, readonly number[], string])[] = [
    ["to itself", [0xc0, place], "a pointer that leads forwards"],
    ["to the start of its own name", [1, 0x61, 0xc0, place], "a pointer that leads forwards"],
    ["forwards", [0xc0, place + 4], "a pointer that leads forwards"],
    ["beyond the message", [0xff, 0xff], "a pointer that leads forwards"],
    ["of a kind that is not in use", [0x80, 12], "a label of an unknown kind"],
    ["of the other kind", [0x41, 12], "a label of an unknown kind"],
  ];
  for (const [name, bytes, detail] of cases) {
    const outcome = readDnsMessage(bent(bytes));
    assert.deepEqual(outcome, { ok: false, detail }, name);
  }
});

test("a chain of pointers ends at the length a name may have", () => {
  // Each name is a label of 63 bytes and a pointer to the one before: legal steps, but the fifth is longer than any name.
  const label = [63, ...Array<number>(63).fill(0x61)];
  const names: number[] = [];
  const starts: number[] = [];
  for (let i = 0; i < 6; i++) {
    starts.push(12 + names.length);
    const to = starts[i - 1];
    names.push(...label, ...(to === undefined ? [0] : [0xc0 | (to >> 8), to & 255]), 0, 33, 0, 1);
  }
  const message = new Uint8Array([0, 1, 0x84, 0, 0, 6, 0, 0, 0, 0, 0, 0, ...names]);
  assert.deepEqual(readDnsMessage(message), { ok: false, detail: "a name longer than 255 bytes" });
});

test("data fills its record exactly, whatever its type", () => {
  const cases: readonly (readonly [number, readonly number[]])[] = [
    [DNS_TYPE.A, [127, 0, 0]],
    [DNS_TYPE.A, [127, 0, 0, 1, 0]],
    [DNS_TYPE.AAAA, [127, 0, 0, 1]],
    [DNS_TYPE.SRV, [0, 0, 0, 0, 6, 152]],
    [DNS_TYPE.SRV, [0, 0, 0, 0, 6, 152, 0, 0]],
    [DNS_TYPE.NS, [0, 0]],
    [DNS_TYPE.SOA, [0, 0, ...Array<number>(19).fill(0)]],
    [DNS_TYPE.SOA, [0, 0, ...Array<number>(21).fill(0)]],
    [DNS_TYPE.TSIG, [0, ...Array<number>(9).fill(0)]],
    [DNS_TYPE.TSIG, [0, ...Array<number>(8).fill(0), 99, 0, 0, 0, 0, 0, 0]],
    [DNS_TYPE.TSIG, [0, ...Array<number>(14).fill(0), 9]],
  ];
  for (const [type, data] of cases)
    assert.equal(readDnsMessage(bent([0xc0, 12], type, data)).ok, false, `type ${type}: ${data}`);
  assert.equal(readDnsMessage(bent([0xc0, 12], 99, [1, 2, 3])).ok, true, "a type nobody reads here");
});

test("counts that lie are refused", () => {
  const whole = bytesOf(CAPTURED.ns.answer);
  for (const at of [4, 6, 8, 10]) {
    const lying = whole.slice();
    lying[at] = 0xff;
    assert.equal(readDnsMessage(lying).ok, false, `count at ${at}`);
  }
});

test("a name is carried as DNS can, or refused: labels to 63 bytes, 255 in all, no empty one", () => {
  assert.deepEqual([...encodeDnsName("A.b.")], [1, 0x61, 1, 0x62, 0]);
  assert.deepEqual([...encodeDnsName("")], [0]);
  assert.deepEqual([...encodeDnsName("a\\.b.\\255")], [3, 0x61, 0x2e, 0x62, 1, 255, 0]);
  assert.deepEqual([...encodeDnsName("a\\.")], [2, 0x61, 0x2e, 0]);
  const label = "a".repeat(63);
  assert.equal(encodeDnsName([label, label, label, "a".repeat(61)].join(".")).length, 255);
  for (const name of [`${label}a`, [label, label, label, "a".repeat(62)].join("."), "a..b", ".a", "a..", "ü€.test"])
    assert.throws(() => encodeDnsName(name), DnsFault, name);
});

test("any bytes at all are read or refused, never thrown at and never for long", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 600 }),
      fc.constantFrom(...Object.values(CAPTURED).map(({ answer }) => bytesOf(answer))),
      fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 6 }),
      (noise, whole, changes) => {
        readDnsMessage(noise);
        const changed = whole.slice();
        for (const [at, value] of changes) changed[at % changed.length] = value;
        const outcome = readDnsMessage(changed);
        if (outcome.ok) assert.ok(outcome.value.answers.length <= 64);
        else assert.notEqual(outcome.detail, "");
      },
    ),
    { numRuns: 3000 },
  );
});

test("names that were read are written as the same bytes", () => {
  // Half of all bytes are those that a text of a name spells in a way of its own.
  const byte = fc.oneof(fc.constantFrom(0x2e, 0x5c, 0x20, 0x00, 0x41, 0x30, 0xff), fc.nat(255));
  const label = fc.array(byte, { minLength: 1, maxLength: 20 }).map((bytes) => new Uint8Array(bytes));
  fc.assert(
    fc.property(fc.array(label, { maxLength: 6 }), (labels) => {
      const name = [...labels.flatMap((bytes) => [bytes.length, ...bytes]), 0];
      const message = new Uint8Array([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]);
      const found = read(message).questions[0]?.name ?? "";
      // Lower case is the canonical form.
      const lower = labels.flatMap((bytes) => [
        bytes.length,
        ...bytes.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)),
      ]);
      assert.deepEqual([...encodeDnsName(found)], [...lower, 0]);
    }),
    { numRuns: 500 },
  );
});
