import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { VERDICT_NAMES } from "../../src/index.ts";

const PAGE = new URL("../../../../docs/how-to/find-hosts.md", import.meta.url);

it("the how-to has a row for every verdict, and no other", () => {
  const rows = [...readFileSync(PAGE, "utf8").matchAll(/^\| `([a-z-]+)` \|/gm)].map((row) => row[1]);
  assert.deepEqual(rows.toSorted(), VERDICT_NAMES.toSorted());
});
