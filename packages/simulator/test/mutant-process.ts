// Runs one mutant (first argument: its name in MUTANTS) in a process of its own: the line is changed as the file is loaded,
// nothing on disk is. Prints the complaints as one JSON line.
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { MUTANTS } from "./mutants.ts";

const name = process.argv[2] ?? "";
const mutant = MUTANTS[name];
assert.ok(mutant, `no mutant is called ${name}`);
const { file, from, to, scenario } = mutant;
const target = pathToFileURL(`${import.meta.dirname}/../../../${file}`).href;
let hits = 0;
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (url !== target || loaded.source === undefined || loaded.source === null) return loaded;
    const parts = String(
      typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array),
    ).split(from);
    hits += parts.length - 1;
    return { ...loaded, source: parts.join(to) };
  },
});
const { QUIET, simulate } = await import("../src/index.ts");
const { mostlyHashed } = await import("./platform.ts");
assert.equal(
  hits,
  1,
  `expected the text of ${name} once in ${file}, found it ${hits} times: tests/mutants.ts must follow the code`,
);
const { violations } = await simulate({ ...QUIET, ...scenario }, mostlyHashed());
process.stdout.write(`${JSON.stringify(violations)}\n`);
