// Tells the clone story given as JSON on a host that counts CMIDs and never asks whose they are, as a host without the rule
// of protocol.md §7.4 does. Prints the tale as one JSON line.
import assert from "node:assert/strict";
import { changeWhenLoaded } from "./change-when-loaded.ts";

const hits = changeWhenLoaded({
  file: "packages/domain/src/lineage.ts",
  from: "const behind = row.seq - proven.seq;",
  to: "const behind = 0 * proven.seq;",
});
const { tellCloneStory } = await import("../src/index.ts");
const { mostlyHashed } = await import("./platform.ts");
assert.equal(hits(), 1, "the rule of lineage is no longer where this test switches it off");
const tale = await tellCloneStory(JSON.parse(process.argv[2] ?? ""), mostlyHashed());
process.stdout.write(`${JSON.stringify(tale)}\n`);
