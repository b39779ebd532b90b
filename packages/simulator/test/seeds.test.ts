import assert from "node:assert/strict";
import { test } from "node:test";
import { KEPT_SEEDS } from "../seeds/kept-seeds.ts";
import { simulate } from "../src/index.ts";
import { MUTANTS } from "./mutants.ts";
import { mostlyHashed } from "./platform.ts";

for (const { name, scenario, showed, mutant } of KEPT_SEEDS) {
  test(`kept seed ${scenario.seed}: ${name}`, async () => {
    const { violations } = await simulate(scenario, mostlyHashed());
    assert.deepEqual(violations, [], showed);
    if (mutant !== "") assert.ok(mutant in MUTANTS, `no mutant is called ${mutant}`);
  });
}
