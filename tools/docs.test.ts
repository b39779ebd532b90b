import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { ROOT, sourceFiles } from "./source-files.ts";

const MARKDOWN = sourceFiles(".md");

/** The files of this repository that a page links to, as written. */
function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

test("every link in Markdown to a file of this repository resolves", () => {
  const broken = MARKDOWN.flatMap((file) =>
    linksOf(file.text)
      .filter((target) => !existsSync(join(ROOT, dirname(file.path), target)))
      .map((target) => `${file.path} -> ${target}`),
  );
  assert.ok(MARKDOWN.length > 0);
  assert.deepEqual(broken, []);
});

test("every page of docs/ is reached from docs/README.md by links", () => {
  const pages = new Map(MARKDOWN.map((file) => [file.path, file.text]));
  const reached = new Set<string>();
  const queue = ["docs/README.md"];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const target of linksOf(pages.get(path) ?? "")) queue.push(posix.join(posix.dirname(path), target));
  }
  const orphans = [...pages.keys()].filter((path) => path.startsWith("docs/") && !reached.has(path));
  assert.deepEqual(orphans, [], "link these from docs/README.md or from a page it links");
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
