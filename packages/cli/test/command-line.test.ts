import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { render, tableLines } from "../src/terminal.ts";

const COMMAND = fileURLToPath(new URL("../bin/countersign.mjs", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "countersign-cli-"));
after(() => rmSync(home, { recursive: true, force: true }));

function countersign(...words: readonly string[]) {
  const env = { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words], { encoding: "utf8", env });
  return { status, stdout, stderr };
}

test("help is the answer: on stdout, exit code 0", () => {
  const { status, stdout, stderr } = countersign("--help");
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /publisher .*\n.*host .*\n/);
});

test("a group without a command shows its own help", () => {
  const { status, stdout } = countersign("publisher", "key");
  assert.equal(status, 0);
  assert.match(stdout, /issue [\s\S]*list /);
});

test("an unknown command or option is one line, hints and exit code 2, with nothing on stdout", () => {
  for (const words of [["host", "statsu"], ["host", "status", "--frob"], ["frob"]]) {
    const { status, stdout, stderr } = countersign(...words);
    assert.deepEqual([status, stdout], [2, ""], words.join(" "));
    assert.match(stderr, /^error: expected (a command|an option) of countersign[^\n]*, found [^\n]+\n {2}hint: /);
  }
  assert.match(countersign("host", "statsu").stderr, /did you mean status\?/);
});

test("a data directory without a store is exit code 2 with its refusal's page", () => {
  for (const role of ["publisher", "host"]) {
    const { status, stdout, stderr } = countersign(role, "status", "--data", home);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, new RegExp(`^error: expected a ${role} in the data directory .*found none\n`));
    assert.match(stderr, /page: docs\/reference\/refusals\/store-missing\.md\n$/);
  }
});

test("a context nobody made is not found, and none is always there", () => {
  assert.equal(countersign("context", "use", "nowhere").status, 2);
  assert.equal(countersign("context", "use", "none", "-o", "json").status, 0);
  assert.deepEqual(JSON.parse(countersign("context", "list", "-o", "json").stdout), { current: "", contexts: [] });
});

test("csv never hands a spreadsheet a formula", () => {
  const rows = [{ name: "=1+1", count: -2 }];
  assert.equal(render({ json: rows, rows, short: "" }, "csv"), "name,count\r\n'=1+1,-2\r\n");
});

test("a table aligns numbers to the right and words to the left", () => {
  const rows = [
    { name: "Editor", count: 5 },
    { name: "Suite", count: 25 },
  ];
  assert.deepEqual(tableLines(rows), ["NAME    COUNT", "Editor      5", "Suite      25"]);
});
