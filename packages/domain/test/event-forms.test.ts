import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import {
  ALL_EVENTS,
  EVENTS,
  type EventFilter,
  type EventRecord,
  eventJson,
  eventRecord,
  eventsXml,
  idsOfFilter,
  matchesFilter,
  readEventJson,
  readEventsXml,
  summaryOf,
  withCmids,
} from "../src/index.ts";

const cmid = "36f27b39-5d1e-4f0a-9c55-0102030405ab";
const SAMPLES = {
  ...{ resultCode: 0xc004f038, flags: 8, count: 25, minutes: 120, seconds: 3, instantMs: 1_800_000_000_000 },
  ...{ licenseStatus: 2, yesNo: true, uuid: cmid, address: "192.0.2.1", name: "pc-1", text: "<&'\"> ", reason: "" },
  ...{ partialKey: "ABCDE", purpose: "renewal" },
} as const;

/** One of every event of the catalogue, each field with a value of its kind. */
const EVERY: readonly EventRecord[] = Object.values(EVENTS).map(({ id, fields }, i) =>
  eventRecord({
    ...{ number: i + 1, timeMs: 1_800_000_000_000 + i, eventId: id, computer: "host-1", repeats: i % 3 },
    ...{ requestId: i % 2 === 0 ? "" : "0011223344556677", cmid: i % 2 === 0 ? "" : cmid },
    fields: Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, SAMPLES[kind]])),
  }),
);

test("JSON and Windows event XML of every event are read back as what they were", () => {
  for (const record of EVERY) {
    assert.deepEqual(
      readEventJson(JSON.parse(JSON.stringify(eventJson(record)))),
      record.cmid === "" ? withOwn(record) : record,
    );
  }
  assert.deepEqual(readEventsXml(eventsXml(EVERY)), EVERY);
});

/** A reader finds a CMID in the fields where nothing else says it. */
function withOwn(record: EventRecord): EventRecord {
  return { ...record, cmid: typeof record.fields["cmid"] === "string" ? record.fields["cmid"] : "" };
}

test("no text breaks the XML: what it has no place for is spelled out, and a reader finds the rest as it was", () => {
  const names = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(
    fc.property(names, names, (clientName, computer) => {
      const record = eventRecord({
        ...{ number: 1, timeMs: 1_800_000_000_000, eventId: 12290, computer, requestId: "", cmid: "", repeats: 0 },
        fields: { clientName },
      });
      const xml = eventsXml([record]);
      assert.doesNotMatch(xml.replaceAll("\n", ""), /\p{Cc}/u);
      const [read] = readEventsXml(xml);
      const isPlain = (text: string) => !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(text);
      if (isPlain(clientName)) assert.equal(read?.fields["clientName"], clientName);
      if (isPlain(computer)) assert.equal(read?.computer, computer);
    }),
  );
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;
test("an XML parser of another house reads it: the elements of Windows, Data in the documented order", {
  skip: hasPython || process.env["CI"] !== undefined ? false : "python3 is not here",
}, () => {
  const hostile = eventRecord({
    ...{ number: 9, timeMs: 1_800_000_000_000, eventId: 12290, computer: "a<b>", requestId: "", cmid: "", repeats: 0 },
    fields: { clientName: "]]>\u001b[31m&amp;<Data>", cmid },
  });
  const script = [
    "import sys, json, xml.etree.ElementTree as tree",
    "ns = '{http://schemas.microsoft.com/win/2004/08/events/event}'",
    "root = tree.parse(sys.stdin.buffer).getroot()",
    "def row(event): return [event.find(f'{ns}System/{ns}EventID').text, event.find(f'{ns}System/{ns}Channel').text,",
    "  event.find(f'{ns}System/{ns}TimeCreated').get('SystemTime'), [d.text for d in event.findall(f'{ns}EventData/{ns}Data')][:3]]",
    "print(json.dumps([row(event) for event in root]))",
  ];
  const { stdout, stderr, status } = spawnSync("python3", ["-c", script.join("\n")], {
    input: eventsXml([...EVERY, hostile]),
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const rows = JSON.parse(stdout);
  assert.equal(rows.length, EVERY.length + 1);
  const [, , , data] = rows[EVERY.findIndex(({ eventId }) => eventId === 12293)];
  assert.deepEqual(data, ["3221549112", "pc-1", "pc-1"], "result code, domain, server");
  const [id, channel, , [info]] = rows[EVERY.findIndex(({ eventId }) => eventId === 12290)];
  assert.deepEqual([id, channel], ["12290", "Key Management Service"]);
  assert.match(info, /^0xC004F038,25,pc-1,36f27b39/);
});

const filters: fc.Arbitrary<EventFilter> = fc
  .record({
    eventIds: fc.subarray([12288, 12290, 30001, 39_999]),
    levels: fc.subarray(["information", "warning", "error"] as const),
    log: fc.constantFrom(undefined, "Application", "Key Management Service"),
  })
  .map((some) => ({ ...ALL_EVENTS, ...some }));

test("the ids a filter may let through are those it does let through, unless ids of a newer version may be among them", () => {
  const ids = [...EVERY.map(({ eventId }) => eventId), 39_999, 40_000];
  fc.assert(
    fc.property(filters, fc.constantFrom(...ids), (filter, eventId) => {
      const record = eventRecord({
        ...{ number: 1, timeMs: 1, eventId, computer: "", requestId: "", cmid: "", repeats: 0, fields: {} },
      });
      const narrowed = idsOfFilter(filter);
      const isLet = matchesFilter(filter, record);
      if (narrowed !== undefined) assert.equal(isLet, narrowed.includes(eventId));
      else assert.ok(isLet || filter.levels.length > 0 || filter.log !== undefined);
    }),
  );
});

test("names are found in letters of either case, texts within any value, and a time has its first instant and not its last", () => {
  const record = eventRecord({
    ...{ number: 1, timeMs: 100, eventId: 12290, computer: "host-1", requestId: "", cmid, repeats: 0 },
    fields: { clientName: "PC-17", reason: "COUNT_TOO_LOW", resultCode: 0xc004f038, activationId: cmid },
  });
  const lets = (some: Partial<EventFilter>) => matchesFilter({ ...ALL_EVENTS, ...some }, record);
  assert.deepEqual(
    [lets({ machine: "pc-17" }), lets({ machine: "pc-1" }), lets({ machine: "host-1" })],
    [true, false, false],
  );
  assert.deepEqual(
    [lets({ text: "0xc004f0" }), lets({ text: "too_LOW" }), lets({ text: "absent" })],
    [true, true, false],
  );
  assert.deepEqual(
    [lets({ fromMs: 100 }), lets({ fromMs: 101 }), lets({ toMs: 100 }), lets({ toMs: 101 })],
    [true, false, false, true],
  );
  assert.deepEqual([lets({ activationIds: [cmid.toUpperCase()] }), lets({ activationIds: ["x"] })], [true, false]);
});

test("what is no event of ours is none, and a reply is of the machine whose request it answers", () => {
  for (const value of [undefined, null, 5, "x", {}, { id: 1 }, { id: "1", timeMs: 1, data: {} }, { id: 1, timeMs: 1 }])
    assert.equal(readEventJson(value), undefined);
  assert.deepEqual(readEventsXml("<Events><Event xmlns='x'></Event></Events>"), []);
  const [sent, reply] = withCmids([
    eventRecord({ number: 1, timeMs: 1, eventId: 12288, computer: "", requestId: "aa", cmid, repeats: 0, fields: {} }),
    eventRecord({
      number: 2,
      timeMs: 2,
      eventId: 12289,
      computer: "",
      requestId: "aa",
      cmid: "",
      repeats: 0,
      fields: {},
    }),
  ]);
  assert.deepEqual([sent?.cmid, reply?.cmid], [cmid, cmid]);
});

test("every event has one line for people, whatever is missing in it", () => {
  for (const record of EVERY) {
    assert.ok(summaryOf(record).length > 3, `${record.eventId}`);
    assert.equal(typeof summaryOf({ ...record, fields: {} }), "string");
  }
});

test("every event says what it means in a sentence, and goes with events that are there", () => {
  for (const { id, means, todo, goesWith } of Object.values(EVENTS)) {
    assert.match(means, /^[a-z].*[^.]$/, `${id}`);
    for (const what of todo) assert.match(what, /^[a-z`].*[^.]$/, `${id}: ${what}`);
    for (const other of goesWith) assert.ok(Object.hasOwn(EVENTS, other) && other !== id, `${id} and ${other}`);
  }
});
