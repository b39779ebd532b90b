import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  counted,
  DAY_MS,
  dayText,
  firstOf,
  HOUR_MS,
  instantText,
  shellWord,
  spanText,
} from "../../src/checks/phrases.ts";

describe("how findings say things", () => {
  it("a span has the unit that leaves a number of at least 2", () => {
    const table = [
      [0, "0 minutes"],
      [60_000, "1 minute"],
      [119 * 60_000, "119 minutes"],
      [2 * HOUR_MS, "2 hours"],
      [-9 * HOUR_MS, "9 hours"],
      [47 * HOUR_MS, "47 hours"],
      [2 * DAY_MS, "2 days"],
      [60 * DAY_MS, "60 days"],
    ] as const;
    for (const [span, text] of table) assert.equal(spanText(span), text);
  });

  it("an instant that no calendar holds is its number", () => {
    assert.equal(instantText(Date.UTC(2026, 10, 25, 9, 5, 59)), "2026-11-25 09:05 UTC");
    assert.equal(dayText(Date.UTC(2026, 10, 25, 23, 59)), "2026-11-25");
    assert.equal(instantText(Number.MAX_SAFE_INTEGER), "9007199254740991");
  });

  it("a few names are listed and the rest counted", () => {
    assert.equal(firstOf([]), "");
    assert.equal(firstOf(["a", "b"], 2), "a, b");
    assert.equal(firstOf(["a", "b", "c", "d"], 2), "a, b and 2 more");
    assert.equal(counted(1, "machine"), "1 machine");
    assert.equal(counted(0, "machine"), "0 machines");
  });

  it("any text is one word of a shell: nothing from the network becomes a command", {
    skip: process.platform === "win32" ? "there is no sh" : false,
  }, () => {
    const hostile = ["", "a b", "$(id)", "`id`", "a'b", "'", "a;b", "a\nb", "-x", "a\\b", "*", "~", "!x", "a&&b", '"'];
    const texts = [...hostile, ...fc.sample(fc.string({ unit: "binary-ascii" }), 50)].map((text) =>
      text.replaceAll("\0", ""),
    );
    const printed = execFileSync("sh", ["-c", `printf '%s\\0' ${texts.map(shellWord).join(" ")}`], {
      encoding: "utf8",
    });
    assert.deepEqual(printed.split("\0").slice(0, -1), texts);
  });

  it("a plain path is printed as it is", () => {
    assert.equal(shellWord("/var/lib/countersign/host"), "/var/lib/countersign/host");
    assert.equal(shellWord("[::1]:1688"), "'[::1]:1688'");
  });
});
