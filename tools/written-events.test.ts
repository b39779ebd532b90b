import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT } from "@countersign/domain";
import { sourceFiles } from "./source-files.ts";

/** Events of the catalogue that nothing writes yet, and what brings them. */
const NOT_YET: Readonly<Record<string, string>> = {};

test("every event of the catalogue is written by something, or is listed with what brings it", () => {
  const text = sourceFiles()
    .filter(({ path }) => !path.endsWith("/event-catalog.ts"))
    .filter(({ path }) => /^packages\/(host|client|agent|publisher|domain)\/src\//.test(path))
    .map((file) => file.text)
    .join("\n");
  const unwritten = Object.keys(EVENT).filter((name) => !new RegExp(`\\bEVENT\\.${name}\\b`).test(text));
  assert.deepEqual(unwritten.sort(), Object.keys(NOT_YET).sort());
});

/** Written by code, and brought about by nothing a test can do. */
const WITHOUT_A_PATH: Readonly<Record<string, string>> = {};

test("every event that is written is brought about by a test, or is listed with why it cannot be", () => {
  const text = sourceFiles("")
    .filter(({ path }) => /^packages\/(host|client|agent|cli|simulator)\/test\//.test(path))
    .map((file) => file.text)
    .join("\n");
  const named = (name: string, id: number) => new RegExp(`\\bEVENT\\.${name}\\b|\\b${id}\\b`).test(text);
  const missing = Object.entries(EVENT).filter(([name, id]) => !named(name, id) && !Object.hasOwn(NOT_YET, name));
  assert.deepEqual(missing.map(([name]) => name).sort(), Object.keys(WITHOUT_A_PATH).sort());
});
