import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT } from "@countersign/domain";
import { sourceFiles } from "./source-files.ts";

/** Events of the catalogue that nothing writes yet, and what brings them. */
const NOT_YET: Readonly<Record<string, string>> = {
  dnsPublicationFailed: "publishing in DNS, which this version does not do",
  dnsPublished: "publishing in DNS, which this version does not do",
  dnsUnpublished: "publishing in DNS, which this version does not do",
};

test("every event of the catalogue is written by something, or is listed with what brings it", () => {
  const text = sourceFiles()
    .filter(({ path }) => !path.endsWith("/event-catalog.ts"))
    .filter(({ path }) => /^packages\/(host|client|agent|publisher|domain)\/src\//.test(path))
    .map((file) => file.text)
    .join("\n");
  const unwritten = Object.keys(EVENT).filter((name) => !new RegExp(`\\bEVENT\\.${name}\\b`).test(text));
  assert.deepEqual(unwritten.sort(), Object.keys(NOT_YET).sort());
});
