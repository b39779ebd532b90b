import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  REPLY_LIMIT_BYTES,
  REQUEST_KIND,
  REQUEST_LIMIT_BYTES,
  replyReader,
  requestFrame,
  type SignerReply,
} from "../src/external/frames.ts";

const anyId = fc.integer({ min: 0, max: 0xffff_ffff });
const anyReply: fc.Arbitrary<SignerReply> = fc
  .tuple(anyId, fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 80 }))
  .map(([id, status, payload]) => ({ id, status, payload: new Uint8Array(payload) }));
const SAMPLE: readonly SignerReply[] = [
  { id: 1, status: 0, payload: new Uint8Array(3).fill(7) },
  { id: 0xffff_ffff, status: 2, payload: new Uint8Array(0) },
  { id: 2, status: 0, payload: new Uint8Array(5).fill(9) },
];

test("a question says its length, version, kind, number, name and payload, in this order", () => {
  const kinds = fc.constantFrom(...Object.values(REQUEST_KIND));
  const names = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
  fc.assert(
    fc.property(anyId, kinds, names, fc.uint8Array(), (id, kind, key, payload) => {
      const view = Buffer.from(requestFrame({ id, kind, key, payload }));
      assert.equal(view.readUInt32BE(0), view.length - 4);
      assert.deepEqual([view.readUInt8(4), view.readUInt8(5), view.readUInt32BE(6)], [1, kind, id]);
      assert.equal(view.toString("ascii", 11, 11 + view.readUInt8(10)), key);
      assert.deepEqual([...view.subarray(11 + key.length)], [...payload]);
    }),
  );
});

test("a question may be exactly as long as the limit, and not a byte longer", () => {
  const room = REQUEST_LIMIT_BYTES - 7 - "host".length;
  const question = (length: number) => ({
    id: 1,
    kind: REQUEST_KIND.sign,
    key: "host",
    payload: new Uint8Array(length),
  });
  assert.equal(requestFrame(question(room)).length, 4 + REQUEST_LIMIT_BYTES);
  assert.throws(() => requestFrame(question(room + 1)), RangeError);
});

test("any answers come out of any chunks of their bytes, whole and in order", () => {
  fc.assert(
    fc.property(fc.array(anyReply, { maxLength: 6 }), fc.array(fc.nat(600), { maxLength: 12 }), (replies, cuts) => {
      const stream = Buffer.concat(replies.map(replyFrame));
      assert.deepEqual(readInChunks(stream, cuts), replies);
    }),
  );
});

test("three answers come out of every split of their bytes into three chunks", () => {
  const stream = Buffer.concat(SAMPLE.map(replyFrame));
  for (let first = 0; first <= stream.length; first++)
    for (let second = first; second <= stream.length; second++)
      assert.deepEqual(readInChunks(stream, [first, second]), SAMPLE, `${first} ${second}`);
});

test("an answer cut short is no answer yet, at every length", () => {
  const [reply] = SAMPLE;
  assert.ok(reply);
  const whole = replyFrame(reply);
  for (let length = 0; length < whole.length; length++) {
    const read = replyReader();
    assert.deepEqual(read(whole.subarray(0, length)), []);
    assert.deepEqual(read(whole.subarray(length)), [reply]);
  }
});

test("an answer is a copy: the chunk it came in may be used again", () => {
  const chunk = Buffer.concat(SAMPLE.map(replyFrame));
  const replies = replyReader()(chunk);
  chunk.fill(0);
  assert.deepEqual(replies, SAMPLE);
});

test("a length out of range and another version are refused before anything is awaited", () => {
  const limit = { id: 1, status: 0, payload: new Uint8Array(REPLY_LIMIT_BYTES - 6) };
  assert.deepEqual(replyReader()(replyFrame(limit)), [limit]);
  for (const length of [0, 5, REPLY_LIMIT_BYTES + 1, 0x7fff_ffff, 0xffff_ffff]) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    assert.throws(() => replyReader()(head), /expected a frame of 6 to 4096 bytes, found/, String(length));
  }
  for (const version of [0, 2, 255]) {
    const frame = replyFrame(limit);
    frame.writeUInt8(version, 4);
    assert.throws(() => replyReader()(frame), /expected a frame of version 1, found/);
  }
});

test("any bytes at all are answers or a RangeError, never anything else", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (chunks) => {
      const read = replyReader();
      try {
        for (const chunk of chunks) read(chunk);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

function replyFrame({ id, status, payload }: SignerReply): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32BE(6 + payload.length, 0);
  head.writeUInt8(1, 4);
  head.writeUInt8(status, 5);
  head.writeUInt32BE(id, 6);
  return Buffer.concat([head, payload]);
}

function readInChunks(stream: Buffer, cuts: readonly number[]): readonly SignerReply[] {
  const read = replyReader();
  const places = [0, ...cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b), stream.length];
  return places.slice(1).flatMap((to, i) => read(stream.subarray(places[i], to)));
}
