import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT, sourceFiles } from "./source-files.ts";

const MARKDOWN = sourceFiles(".md");

test("every link in Markdown to a file of this repository resolves", () => {
  const broken = MARKDOWN.flatMap((file) =>
    [...file.text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? "")
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(file.path), target)))
      .map((target) => `${file.path} -> ${target}`),
  );
  assert.ok(MARKDOWN.length > 0);
  assert.deepEqual(broken, []);
});

test("the README stays short", () => {
  const lines = readFileSync(join(ROOT, "README.md"), "utf8").trimEnd().split("\n").length;
  assert.ok(lines <= 120, `expected at most 120 lines, found ${lines}`);
});

test("the activation cycle fits on a screen: at most 40 lines", () => {
  const text = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
  const cycle = /<!-- ACTIVATION-CYCLE -->\n([\s\S]*?)<!-- \/ACTIVATION-CYCLE -->/.exec(text)?.[1] ?? "";
  const lines = cycle.split("\n").length;
  assert.ok(lines > 5 && lines <= 40, `expected 6 to 40 lines, found ${lines}`);
});
