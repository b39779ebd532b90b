import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, sourceFiles } from "./source-files.ts";

const FILES = sourceFiles().filter(
  (file) => /^(packages\/[^/]+\/src|bench|tools)\//.test(file.path) && !file.path.endsWith(".test.ts"),
);
const lines = (text: string) => text.trimEnd().split("\n").length;
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

test("a source file has at most 300 lines, or 400 with its reason in the first comment", () => {
  const long = FILES.filter((file) => lines(file.text) > (/^\/\/ Long because /m.test(file.text) ? 400 : 300));
  assert.deepEqual(
    long.map((file) => `${file.path}: ${lines(file.text)} lines`),
    [],
  );
});

// A door only re-exports: how many files stand behind it says nothing about what it does.
test("a file imports from at most 15 others, main.ts and a room's door apart", () => {
  const greedy = FILES.filter(
    (file) => !/\/(main|index)\.ts$/.test(file.path) && new Set(importsOf(file.text)).size > 15,
  );
  assert.deepEqual(
    greedy.map((file) => `${file.path}: ${new Set(importsOf(file.text)).size} imports`),
    [],
  );
});

test("a main.ts has at most 120 lines and no rules in it", () => {
  const roots = FILES.filter((file) => /^packages\/.*\/main\.ts$/.test(file.path) && lines(file.text) > 120);
  assert.deepEqual(
    roots.map((file) => `${file.path}: ${lines(file.text)} lines`),
    [],
  );
});

test("no naked TODO, no any, no skipped check of types", () => {
  const naked = FILES.filter(
    (file) => /\bTODO(?!\(#\d+\))|@ts-(ignore|expect-error|nocheck)/.test(file.text) && !file.path.startsWith("tools/"),
  );
  assert.deepEqual(
    naked.map((file) => file.path),
    [],
  );
});

test("every name exported by a room has a doc comment", () => {
  const bare = FILES.filter((file) => file.path.startsWith("packages/") && !file.path.endsWith("/index.ts")).flatMap(
    (file) => {
      const rows = file.text.split("\n");
      return rows.flatMap((row, i) => {
        if (!/^export (async )?(function|const|class|interface|type) /.test(row)) return [];
        return /\*\/\s*$|^\s*\/\//.test(rows[i - 1] ?? "") ? [] : [`${file.path}:${i + 1} ${row.slice(0, 60)}`];
      });
    },
  );
  assert.deepEqual(bare, []);
});

test("the tree's figures are reported", (t) => {
  const sizes = FILES.map((file) => lines(file.text));
  const tests = sourceFiles().filter((file) => file.path.endsWith(".test.ts"));
  const sourceLines = sizes.reduce((sum, n) => sum + n, 0);
  const testLines = tests.reduce((sum, file) => sum + lines(file.text), 0);
  const comments = FILES.reduce((sum, file) => sum + (file.text.match(/^\s*(\/\/|\/?\*)/gm)?.length ?? 0), 0);
  t.diagnostic(`${FILES.length} source files, median ${median(sizes)} lines, ${sourceLines} in all`);
  t.diagnostic(
    `comments ${((100 * comments) / sourceLines).toFixed(0)} %, test lines per source line ${(testLines / sourceLines).toFixed(2)}`,
  );
  assert.ok(FILES.length > 0);
});
