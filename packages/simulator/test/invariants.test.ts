import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { INVARIANTS, type InvariantId } from "../src/index.ts";
import { MUTANTS } from "./mutants.ts";

const SOURCES = join(import.meta.dirname, "..", "src");
const REPOSITORY = join(import.meta.dirname, "..", "..", "..");
const rows = Object.entries(INVARIANTS) as [InvariantId, (typeof INVARIANTS)[InvariantId]][];

test("an invariant that is watched is complained of in the file that says so, and in no other", () => {
  for (const [id, row] of rows) {
    if (!("watchedIn" in row)) continue;
    const source = readFileSync(join(SOURCES, row.watchedIn), "utf8");
    assert.match(source, new RegExp(`"${id}"`), `${row.watchedIn} never complains of ${id}`);
  }
});

test("every invariant of protocol.md §12.2 stands in the table", () => {
  for (let number = 1; number <= 46; number++) assert.ok(`I${number}` in INVARIANTS, `I${number}`);
});

test("a file named as the place where an invariant is held instead is there", () => {
  const named = rows.flatMap(([, row]) => ("notHere" in row ? [...row.notHere.matchAll(/packages\/[\w/-]+/g)] : []));
  assert.ok(named.length > 0);
  for (const [path] of named) {
    const exists = existsSync(join(REPOSITORY, path)) || existsSync(join(REPOSITORY, `${path}.test.ts`));
    assert.ok(exists, `${path} is not there`);
  }
});

test("every watched invariant has a mutant that breaks it", () => {
  const broken = new Set(Object.values(MUTANTS).flatMap(({ seen }) => seen));
  const unproved = rows.filter(([id, row]) => "watchedIn" in row && !broken.has(id)).map(([id]) => id);
  assert.deepEqual(unproved, []);
});
