import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { FAULTS } from "../../../../faults/catalogue.ts";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";

const TESTS = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith("-checks.test.ts"))
  .map((name) => readFileSync(`${import.meta.dirname}/${name}`, "utf8"))
  .join("\n");

describe("every finding of every check", () => {
  it("is found in some test of its check: none is declared for show", () => {
    const untested = ALL_CHECKS.flatMap(({ id, findings }) =>
      Object.keys(findings)
        .filter(
          (finding) => !TESTS.includes(`"${finding}"`) && !new RegExp(`\\b${finding}: "|: "${finding}"`).test(TESTS),
        )
        .map((finding) => `${id} ${finding}`),
    );
    assert.deepEqual(untested, []);
  });

  it("is there for every fault of the library", () => {
    const known = ALL_CHECKS.flatMap(({ findings }) => Object.keys(findings));
    assert.deepEqual(
      FAULTS.map(({ cause }) => cause).filter((cause) => !known.includes(cause)),
      [],
    );
  });
});
