import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { EVENTS, REFUSALS } from "@countersign/domain";
import { generateCode } from "./generate.ts";
import { GENERATED_FOLDERS, referencePages } from "./reference-docs.ts";
import { ROOT } from "./source-files.ts";

const DOCS = join(ROOT, "docs");
const STALE = "run npm run generate and commit what it wrote";

test("the committed code is what buf generates from the .proto files", () => {
  const output = mkdtempSync(join(tmpdir(), "countersign-gen-"));
  try {
    generateCode(output);
    assert.deepEqual(filesOf(join(ROOT, "packages/protocol/src/gen")), filesOf(join(output, "src/gen")), STALE);
  } finally {
    rmSync(output, { recursive: true });
  }
});

test("the committed reference pages are what the tables say", () => {
  for (const { path, text } of referencePages()) {
    assert.equal(readFileSync(join(DOCS, path), "utf8"), text, `docs/${path} is stale: ${STALE}`);
  }
});

test("every refusal and every event has its page, and the index of its folder links it", () => {
  const paths = new Set(referencePages().map((page) => page.path));
  for (const { page } of [...Object.values(REFUSALS), ...Object.values(EVENTS)]) {
    assert.ok(paths.has(page), `no page ${page}`);
    const index = readFileSync(join(DOCS, page, "..", "README.md"), "utf8");
    assert.match(index, new RegExp(`\\(${page.slice(page.lastIndexOf("/") + 1).replace(".", "\\.")}\\)`));
  }
});

test("no page of a generated folder is orphaned", () => {
  const paths = new Set(referencePages().map((page) => page.path));
  for (const folder of GENERATED_FOLDERS) {
    const orphans = readdirSync(join(DOCS, folder)).filter((name) => !paths.has(`${folder}/${name}`));
    assert.deepEqual(orphans, [], `nothing names these pages of docs/${folder}: ${STALE}`);
  }
});

test("a link from one reference page to another finds its page", () => {
  for (const { path, text } of referencePages()) {
    for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      assert.doesNotThrow(() => readFileSync(join(DOCS, path, "..", target)), `${path} links to ${target}`);
    }
  }
});

/** Paths below the folder with their texts. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((path) => [path.slice(folder.length), readFileSync(path, "utf8")] as const).sort());
}
