import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { MUTANTS } from "./mutants.ts";

const PROCESS = join(import.meta.dirname, "mutant-process.ts");
const run = promisify(execFile);

for (const [name, { seen }] of Object.entries(MUTANTS)) {
  test(`mutant ${name} is seen as ${seen.join(" or ")}`, async () => {
    const args = ["--disable-warning=ExperimentalWarning", PROCESS, name];
    const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
    const violations: string[] = JSON.parse(stdout);
    const complaints = new Set(violations.map((violation) => violation.split(" ")[0]));
    assert.ok(
      seen.some((id) => complaints.has(id)),
      `it was seen as ${[...complaints].join(", ") || "nothing"}`,
    );
  });
}
