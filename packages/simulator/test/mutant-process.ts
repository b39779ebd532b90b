// Runs one mutant (first argument: its name in MUTANTS) in a process of its own: the line is changed as the file is loaded,
// nothing on disk is. Prints the complaints as one JSON line.
import assert from "node:assert/strict";
import { changeWhenLoaded } from "./change-when-loaded.ts";
import { MUTANTS } from "./mutants.ts";

const name = process.argv[2] ?? "";
const mutant = MUTANTS[name];
assert.ok(mutant, `no mutant is called ${name}`);
const { file, from, to, scenario } = mutant;
const hits = changeWhenLoaded({ file, from, to });
const { QUIET, simulate } = await import("../src/index.ts");
const { mostlyHashed } = await import("./platform.ts");
assert.equal(
  hits(),
  1,
  `expected the text of ${name} once in ${file}, found it ${hits()} times: tests/mutants.ts must follow the code`,
);
// A core that rejects where it never may is seen as well as one that answers with a fault.
const violations = await simulate({ ...QUIET, ...scenario }, mostlyHashed()).then(
  (report) => report.violations,
  (fault: unknown) => [`faults (a run ends by itself): it ended with ${fault}`],
);
process.stdout.write(`${JSON.stringify(violations)}\n`);
