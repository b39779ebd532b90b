import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EVENT, eventOf } from "@countersign/domain";
import { clientEvent } from "../../src/client-event.ts";
import { eventFile, followEvents, keptHistory, readEvents } from "../../src/node/index.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-event-file-"));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newDirectory = () => {
  const path = join(root, `${directories++}`);
  mkdirSync(path);
  return path;
};
const DAY_MS = 86_400_000;
const event = (number: number, timeMs = Date.now()) =>
  clientEvent(eventOf(EVENT.attemptScheduled, { attemptMs: number, reason: "retry" }), {
    ...{ timeMs, computer: "pc-1", requestId: "", product: "" },
  });
const numbersIn = (events: ReturnType<typeof readEvents>) => events.map(({ fields }) => fields["attemptMs"]);

test("events come back in their order, over both files, and the two are all there ever is", () => {
  const directory = newDirectory();
  const keep = eventFile(directory, 2_000);
  for (let i = 0; i < 100; i++) keep(event(i));
  const numbers = numbersIn(readEvents(directory));
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, i) => 100 - numbers.length + i),
  );
  assert.ok(numbers.length > 5 && numbers.length < 30, `${numbers.length}`);
  const size = ["events.jsonl", "events.1.jsonl"].reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  assert.ok(size < 2 * 2_500);
});

test("a line cut by a crash takes no event with it, neither the one before nor the one after", () => {
  const directory = newDirectory();
  const path = join(directory, "events.jsonl");
  const first = eventFile(directory);
  first(event(1));
  appendFileSync(path, JSON.stringify(event(2)).slice(0, 40));
  const next = eventFile(directory);
  next(event(3));
  next(event(4));
  assert.deepEqual(numbersIn(readEvents(directory)), [1, 3, 4]);
});

test("what is no event is left out, whatever it is; an event of a newer version is one", () => {
  const directory = newDirectory();
  const whole = event(7);
  const others = [
    null,
    5,
    "x",
    [],
    {},
    { ...whole, timeMs: "now" },
    { ...whole, fields: null },
    { ...whole, level: "loud" },
  ];
  const newer = { ...whole, id: 39_999, fields: { attemptMs: 8, more: true }, added: 1 };
  const lines = [...others, whole, newer].map((each) => JSON.stringify(each));
  writeFileSync(join(directory, "events.jsonl"), `\u0000\u0000\n${lines.join("\n")}\n{"timeMs":`);
  assert.deepEqual(numbersIn(readEvents(directory)), [7, 8]);
});

test("a disk that takes nothing stops nothing, and the first event that fits says how many were lost", () => {
  const directory = newDirectory();
  const keep = eventFile(directory);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, "a file where the directory was");
  keep(event(1));
  keep(event(2));
  rmSync(directory);
  keep(event(3));
  const [lost, kept] = readEvents(directory);
  assert.deepEqual([lost?.id, lost?.fields["detail"]], [30021, "2 events could not be written: EEXIST"]);
  assert.equal(kept?.fields["attemptMs"], 3);
});

test("the older file goes when it is older than 400 days", () => {
  const directory = newDirectory();
  const keep = eventFile(directory, 1);
  keep(event(1));
  keep(event(2));
  const older = join(directory, "events.1.jsonl");
  assert.ok(existsSync(older));
  const [longAgo] = [new Date(Date.now() - 401 * DAY_MS)];
  utimesSync(older, longAgo, longAgo);
  eventFile(directory, 1_000_000)(event(3));
  assert.ok(!existsSync(older));
  assert.deepEqual(numbersIn(readEvents(directory)), [2, 3]);
});

test("a follower sees every event once, while it is written, over the turn of the files, and no half line", () => {
  const directory = newDirectory();
  const keep = eventFile(directory, 1_500);
  keep(event(0));
  const next = followEvents(directory);
  assert.deepEqual(next(), []);
  const seen: unknown[] = [];
  for (let i = 1; i <= 30; i++) {
    keep(event(i));
    if (i % 3 === 0) seen.push(...numbersIn(next()));
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  const line = `${JSON.stringify(event(31))}\n`;
  appendFileSync(join(directory, "events.jsonl"), line.slice(0, 50));
  assert.deepEqual(next(), []);
  appendFileSync(join(directory, "events.jsonl"), line.slice(50));
  assert.deepEqual(numbersIn(next()), [31]);
});

test("a directory that is not there yet is made, for its owner alone", () => {
  const directory = join(newDirectory(), "client", "publisher");
  eventFile(directory)(event(7));
  assert.deepEqual(numbersIn(readEvents(directory)), [7]);
  if (process.platform !== "win32") assert.equal(statSync(directory).mode & 0o777, 0o700);
});

test("the history of a directory and of those in it is one, in the order of time, and new as soon as something was written", () => {
  const directory = newDirectory();
  const [service, publisher] = [eventFile(directory), eventFile(join(directory, "publisher"))];
  const history = keptHistory(directory);
  const seen = () => history().map(({ number, fields }) => [number, fields["attemptMs"]]);
  assert.deepEqual(seen(), []);
  service(event(1, 1_000));
  publisher(event(2, 3_000));
  service(event(3, 2_000));
  assert.deepEqual(seen(), [
    [1, 1],
    [2, 3],
    [3, 2],
  ]);
  assert.equal(history(), history(), "and is not read again without need");
  publisher(event(4, 4_000));
  assert.deepEqual(seen().at(-1), [4, 4]);
});
