import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { type ActivateRequest, encodeActivateRequest } from "@countersign/protocol";
import fc from "fast-check";
import { requestBytes, requestOf } from "../site.ts";
import { machineRow, openDoor, post, type Reply } from "./door.ts";

const door = await openDoor();
const { dataDirectory } = door.options;

/** The three fates (behaviour.md §4), each with the rows it leaves. */
async function fateOf(bytes: Uint8Array): Promise<{ readonly fate: string; readonly reply: Reply }> {
  const before = door.rows();
  const reply = await door.ask(bytes);
  const after = door.rows();
  const moved = [after.machines - before.machines, after.total - before.total, after.failed - before.failed];
  const events = after.events - before.events;
  const commits = after.commits - before.commits;
  if (reply.reason === "") {
    assert.deepEqual(moved, [1, 1, 0], "served: its row and its counter");
    assert.ok(events >= 1);
    return { fate: "served", reply };
  }
  if (DROPS.includes(reply.reason)) {
    assert.deepEqual([...moved, events, commits], [0, 0, 0, 0, 0], `dropped as ${reply.reason}: no write`);
    return { fate: reply.reason, reply };
  }
  assert.deepEqual([...moved, events], [0, 1, 1, 1], `refused as ${reply.reason}: its event and the failed counter`);
  return { fate: reply.reason, reply };
}

const DROPS = ["REQUEST_INVALID", "REQUEST_TOO_LARGE", "NONCE_REUSED", "UNKNOWN_PUBLISHER"];

/** One field of a message as it stands in the bytes: told apart here, by no code of the host's. */
interface FieldAt {
  readonly field: number;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Field numbers below 16 have a tag of one byte, the others of two; no length here needs two. */
function fieldsOf(bytes: Uint8Array): readonly FieldAt[] {
  const fields: FieldAt[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const low = bytes[at++] ?? 0;
    const field = low < 0x80 ? low >> 3 : ((low & 0x7f) >> 3) | ((bytes[at++] ?? 0) << 4);
    const isLengthDelimited = (low & 7) === 2;
    const length = isLengthDelimited ? (bytes[at++] ?? 0) : 0;
    const valueStart = at;
    if (isLengthDelimited) at += length;
    else while (((bytes[at++] ?? 0) & 0x80) !== 0);
    fields.push({ field, start, valueStart, end: at });
  }
  return fields;
}

const FULL: Partial<ActivateRequest> = {
  previousCmid: randomBytes(16),
  lineage: [{ hostId: randomBytes(16), seq: 3, leaseId: randomBytes(16) }],
  rlNumber: 1,
  knownCertHash: randomBytes(32),
  flags: 1,
};

describe("a valid request with one thing changed", () => {
  it("cut short anywhere, is refused, unless what is missing may be missing", async () => {
    const whole = requestBytes(door.product, FULL);
    const fields = fieldsOf(whole);
    const needed = fields.find(({ field }) => field === 18)?.end ?? 0;
    const boundaries = new Set(fields.filter(({ end }) => end >= needed && end < whole.length).map(({ end }) => end));
    for (let length = 0; length < whole.length; length++) {
      // A nonce and CMID of its own for each: what was served before is not what this one is judged by.
      const bytes = requestBytes(door.product, FULL).subarray(0, length);
      const { fate } = await fateOf(bytes);
      assert.equal(fate, boundaries.has(length) ? "served" : "REQUEST_INVALID", `${length} of ${whole.length} bytes`);
    }
    await door.stillServes();
  });

  it("with any one bit changed, is refused by name or is another request that is served as what it then says", async (t) => {
    const told = new Map<string, number>();
    const { length } = requestBytes(door.product, FULL);
    for (let bit = 0; bit < length * 8; bit++) {
      const bytes = requestBytes(door.product, FULL);
      const at = bit >> 3;
      const place = fieldsOf(bytes).find(({ start, end }) => start <= at && at < end);
      assert.ok(place);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      const { fate, reply } = await fateOf(bytes);
      const part = at < place.valueStart ? "frame" : "value";
      const allowed = part === "frame" ? FRAME_FATES : (VALUE_FATES[place.field] ?? []);
      const what = `bit ${bit & 7} of byte ${at - place.start} (${part}) of field ${place.field}: ${fate} ${reply.message}`;
      assert.ok(allowed.includes(fate), what);
      if (fate === "served" && part === "value") assert.ok(machineRow(dataDirectory, cmidIn(bytes)), what);
      told.set(fate, (told.get(fate) ?? 0) + 1);
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(told)));
    await door.stillServes();
  });

  it("with its fields in another order, is the same request to whoever reads it and other bytes to its nonce", async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (order) => {
        const bytes = requestBytes(door.product, FULL);
        const keys = order[Symbol.iterator]();
        const shuffled = fieldsOf(bytes)
          .map(({ start, end }) => ({ part: bytes.subarray(start, end), key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ part }) => part);
        const again = Buffer.concat(shuffled);
        assert.equal((await fateOf(again)).fate, "served");
        if (!again.equals(bytes)) assert.equal((await fateOf(bytes)).fate, "NONCE_REUSED");
      }),
      { numRuns: 25 },
    );
    await door.stillServes();
  });

  it("with a field twice, counts the last of them, and never more machines than one", async () => {
    for (const field of [2, 3, 4, 6, 7, 8, 11, 18, 20, 21]) {
      const [first, second] = [requestOf(door.product), requestOf(door.product)];
      const [bytes, other] = [encodeActivateRequest(first), encodeActivateRequest(second)];
      const place = fieldsOf(other).find((one) => one.field === field);
      assert.ok(place);
      const twice = Buffer.concat([bytes, other.subarray(place.start, place.end)]);
      assert.equal((await fateOf(twice)).fate, "served", `field ${field}`);
      assert.ok(machineRow(dataDirectory, field === 2 ? second.cmid : first.cmid));
      if (field === 2) assert.equal(machineRow(dataDirectory, first.cmid), undefined);
    }
    const components = Array.from({ length: 9 }, () => new Uint8Array([1, ...randomBytes(8)]));
    assert.equal((await fateOf(requestBytes(door.product, { components }))).fate, "REQUEST_INVALID");
  });

  it("with fields that nobody knows behind it, is served all the same", async () => {
    const unknown = Uint8Array.of(0xf8, 0x3f, 1); // Field 1023, a number.
    assert.equal((await fateOf(Buffer.concat([requestBytes(door.product), unknown]))).fate, "served");
  });
});

/** What one changed bit in a tag or length can end as: mostly no message, sometimes a message without that field. */
const FRAME_FATES = ["REQUEST_INVALID", "served", "SETUP_KEY_NOT_ACCEPTED", "PRODUCT_UNKNOWN", "GROUP_NOT_AUTHORIZED"];

/** What one changed bit in the value of a field can end as. */
const VALUE_FATES: Readonly<Record<number, readonly string[]>> = {
  1: ["served", "REQUEST_INVALID"], // 0 is no version; a continuation bit takes the next tag in.
  2: ["served"],
  3: ["served"],
  4: ["served"],
  5: ["served"],
  6: ["PRODUCT_UNKNOWN", "REQUEST_INVALID"],
  7: ["GROUP_NOT_AUTHORIZED", "REQUEST_INVALID"],
  8: ["served", "REQUEST_INVALID"],
  9: ["served", "REQUEST_INVALID"],
  10: ["served", "REQUEST_INVALID"],
  11: ["served", "REQUEST_INVALID"],
  12: ["served"],
  13: ["served", "REQUEST_INVALID"],
  14: ["served", "REQUEST_INVALID"],
  15: ["served", "REQUEST_INVALID"],
  16: ["served", "REQUEST_INVALID"],
  17: ["served"],
  18: ["SETUP_KEY_NOT_ACCEPTED"],
  19: ["served", "REQUEST_INVALID"],
  20: ["served", "REQUEST_INVALID"],
  21: ["served", "REQUEST_INVALID"],
};

function cmidIn(bytes: Uint8Array): Uint8Array {
  const place = fieldsOf(bytes).find(({ field }) => field === 2);
  return bytes.slice(place?.valueStart, place?.end);
}

describe("a length that is wrong, an id that is zero, a number out of its range", () => {
  const claim = { hostId: randomBytes(16), seq: 1, leaseId: randomBytes(16) };
  const cases: readonly (readonly [field: string, what: string, change: Partial<ActivateRequest>])[] = [
    ["protocol_minor", "0", { protocolMinor: 0 }],
    ...ids("cmid", 16, (cmid) => ({ cmid })),
    ...ids("nonce", 32, (nonce) => ({ nonce })),
    ...ids("fingerprint", 32, (fingerprint) => ({ fingerprint })),
    ...[8, 10].map((length) => ["components", `${length} bytes`, { components: [randomBytes(length)] }] as const),
    ["components", "nine of them", { components: Array.from({ length: 9 }, () => randomBytes(9)) }],
    ["product_id", "0", { productId: 0 }],
    ["key_group", "0", { keyGroup: 0 }],
    ["key_group", "more than 20 bits", { keyGroup: 2 ** 20 }],
    ["license_status", "7", { licenseStatus: 7 as 6 }],
    ["required_count", "0", { requiredCount: 0 }],
    ["required_count", "10001", { requiredCount: 10_001 }],
    ["client_time_ms", "0", { clientTimeMs: 0 }],
    ["client_time_ms", "2^53", { clientTimeMs: 2 ** 53 }],
    ["client_time_ms", "before 1970", { clientTimeMs: -1 }],
    ...ids("previous_cmid", 16, (previousCmid) => ({ previousCmid })).filter(([, what]) => what !== "none"),
    ...ids("lineage", 16, (hostId) => ({ lineage: [{ ...claim, hostId }] })),
    ...ids("lineage", 16, (leaseId) => ({ lineage: [{ ...claim, leaseId }] })),
    ["lineage", "17 of them", { lineage: Array.from({ length: 17 }, () => claim) }],
    ["lineage", "a number of 2^53", { lineage: [{ ...claim, seq: 2 ** 53 }] }],
    ["manifest_version", "2^53", { manifestVersion: 2 ** 53 }],
    ["policy_version", "2^53", { policyVersion: 2 ** 53 }],
    ["rl_number", "2^53", { rlNumber: 2 ** 53 }],
    ...ids("known_cert_hash", 32, (knownCertHash) => ({ knownCertHash })).filter(([, what]) => what !== "none"),
    ...ids("setup_key_id", 9, (setupKeyId) => ({ setupKeyId })),
    ["sdk", "33 characters", { sdk: "x".repeat(33) }],
    ["sdk", "a control character", { sdk: "ts\n1" }],
    ["client_name", "64 characters", { clientName: "x".repeat(64) }],
    ["client_name", "a space", { clientName: "pc 1" }],
    ["client_name", "an escape sequence", { clientName: "\u001b[31mpc" }],
    ["client_name", "a letter outside ASCII", { clientName: "pç" }],
    ...ids("publisher_id", 16, (publisherId) => ({ publisherId })).filter(([, what]) => what !== "none"),
  ];

  for (const [field, what, change] of cases) {
    it(`${field}: ${what} is REQUEST_INVALID and names the field`, async () => {
      const { fate, reply } = await fateOf(requestBytes(door.product, change));
      assert.equal(fate, "REQUEST_INVALID");
      assert.match(reply.message, new RegExp(`found ${field}: `));
    });
  }

  it("is the same in JSON", async () => {
    const body = JSON.stringify({ cmid: Buffer.alloc(15, 1).toString("base64") });
    const headers = { "content-type": "application/json" };
    const { reason, message } = await door.unchanged(() => post(door.host.port, { headers, body }));
    assert.equal(reason, "REQUEST_INVALID");
    assert.match(message, /protocol_minor/);
    await door.stillServes();
  });
});

function ids(field: string, length: number, change: (id: Uint8Array) => Partial<ActivateRequest>) {
  const wrong = { zero: new Uint8Array(length), short: randomBytes(length - 1), long: randomBytes(length + 1) };
  const all = Object.entries({ ...wrong, none: new Uint8Array() });
  return all.map(([what, id]) => [field, what, change(id)] as const);
}
