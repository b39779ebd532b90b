import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type EventRecord, eventRecord, explainMachine, REFUSALS, type RefusalReason } from "../src/index.ts";

const NOW_MS = Date.UTC(2026, 10, 24, 12);
const HOUR_MS = 3_600_000;
const cmid = "36f27b39-5d1e-4f0a-9c55-0102030405ab";
let numbers = 0;

const event = (eventId: number, timeMs: number, requestId: string, fields: EventRecord["fields"]): EventRecord =>
  eventRecord({ number: ++numbers, timeMs, eventId, computer: "x", requestId, cmid, repeats: 0, fields });
const code = (reason: RefusalReason | "") => (reason === "" ? 0 : REFUSALS[reason].code);
const sent = (timeMs: number, id: string, reason: RefusalReason | "" = "") =>
  event(12288, timeMs, id, { resultCode: code(reason), host: "kms.example.com:1688", requiredCount: 25 });
const decided = (timeMs: number, id: string, reason: RefusalReason | "" = "", clientName = "pc-1") =>
  event(12290, timeMs, id, {
    ...{ resultCode: code(reason), reason, requiredCount: 25, currentCount: reason === "" ? 30 : 7 },
    ...{ clientName, purpose: "renewal" },
  });
const replied = (timeMs: number, id: string, reason: RefusalReason | "" = "") =>
  event(12289, timeMs, id, {
    resultCode: code(reason),
    activated: reason === "",
    currentCount: reason === "" ? 30 : 7,
  });

interface Story {
  readonly host?: readonly EventRecord[] | undefined;
  readonly client?: readonly EventRecord[] | undefined;
}
const told = ({ host, client }: Story) =>
  explainMachine({
    ...{ machine: "pc-1", nowMs: NOW_MS },
    host: host && { events: host, completeSinceMs: NOW_MS - 100 * HOUR_MS },
    client: client && { events: client },
  });
const at = NOW_MS - HOUR_MS;

test("each verdict of two logs read together, and of one alone", () => {
  const stories: Readonly<Record<string, Story>> = {
    "unknown machine": { host: [] },
    "never arrived": { host: [decided(at - 9, "a")], client: [sent(at, "b", "TIMEOUT")] },
    "no reply": { client: [sent(at, "b", "HOST_UNREACHABLE")] },
    "reply lost": { host: [decided(at, "a")], client: [sent(at, "a", "TIMEOUT")] },
    "reply not believed": { client: [sent(at, "a"), replied(at, "a", "UNTRUSTED_HOST")] },
    "one CMID, several machines": { host: [decided(at, "a", "REIDENTIFY")] },
    "count too low": { host: [decided(at, "a", "COUNT_TOO_LOW")] },
    refused: { host: [decided(at, "a", "GROUP_NOT_AUTHORIZED")] },
    "not taken": { host: [decided(at, "a")], client: [sent(at, "a"), replied(at, "a", "MACHINE_CHANGED")] },
    silent: { host: [decided(NOW_MS - 31 * 24 * HOUR_MS, "a")] },
    "in order": { host: [decided(at, "a")], client: [sent(at, "a"), replied(at, "a")] },
    "no request": { host: [event(30003, at, "", { clientName: "pc-1" })] },
  };
  for (const [kind, story] of Object.entries(stories)) {
    const { conclusion } = told(story);
    assert.equal(conclusion.kind, kind);
    assert.doesNotMatch(`${conclusion.sentence} ${conclusion.todo.join(" ")}`, /undefined|NaN|\{/, conclusion.sentence);
    if (kind !== "in order") assert.ok(conclusion.todo.length > 0 && conclusion.page !== "", kind);
  }
});

test("a machine without a 12290 is said to have none, since when the log is complete, and what to check in order", () => {
  const { conclusion } = told({ host: [] });
  assert.equal(conclusion.sentence, "this host has no request of pc-1 since 2026-11-20T08:00:00Z, when its log begins");
  assert.match(conclusion.todo[0] ?? "", /client status/);
  assert.ok(conclusion.todo.length >= 4);
});

test("a count that is too low says how many machines are missing", () => {
  assert.match(
    told({ host: [decided(at, "a", "COUNT_TOO_LOW")] }).conclusion.sentence,
    /7 of the 25 .* 18 more machines/,
  );
});

test("the newest exchange decides: what was refused before it does not matter", () => {
  const host = [decided(at - HOUR_MS, "a", "PRODUCT_UNKNOWN"), decided(at, "b")];
  assert.equal(told({ host }).conclusion.kind, "in order");
});

test("copies under one CMID are named; a machine that was renamed long ago is no copy", () => {
  const clone = event(30001, at, "b", { clientName: "pc-2", cmid });
  const both = told({ host: [decided(at - 9, "a"), clone, decided(at, "c", "", "pc-2")] });
  assert.match(both.conclusion.sentence, /pc-1, pc-2/);
  assert.equal(told({ host: [decided(at - 9, "a"), decided(at, "c", "", "pc-2")] }).conclusion.kind, "in order");
});

test("whatever the clocks of both sides say, the story is told in the order in which it happened", () => {
  const apart = fc.integer({ min: -40 * 24 * HOUR_MS, max: 40 * 24 * HOUR_MS });
  fc.assert(
    fc.property(apart, fc.integer({ min: 1, max: 12 }), (differenceMs, exchanges) => {
      const [host, client]: [EventRecord[], EventRecord[]] = [[], []];
      for (let i = 0; i < exchanges; i++) {
        const atMs = NOW_MS - (exchanges - i) * 2 * HOUR_MS;
        client.push(sent(atMs - differenceMs, `${i}`), replied(atMs + 20 - differenceMs, `${i}`));
        host.push(decided(atMs + 5, `${i}`));
      }
      const { clockDifferenceMs, timeline, conclusion } = told({ host, client });
      assert.equal(clockDifferenceMs, differenceMs + 5);
      assert.deepEqual(
        timeline.map((entry) => entry.event.eventId),
        Array.from({ length: exchanges }, () => [12288, 12290, 12289]).flat(),
      );
      assert.equal(conclusion.kind, "in order");
    }),
  );
});

test("a request that was repeated under one id is one exchange, and its newest reply says how it ended", () => {
  const client = [sent(at, "a", "TIMEOUT"), sent(at + HOUR_MS / 2, "a"), replied(at + HOUR_MS / 2, "a")];
  const { exchanges, conclusion } = told({ host: [decided(at, "a")], client });
  assert.equal(exchanges.length, 1);
  assert.equal(conclusion.kind, "in order");
});
