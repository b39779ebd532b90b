import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GROUPS } from "../src/commands/groups.ts";
import { parseCommandLine } from "../src/program.ts";
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

async function helpOf(name: string): Promise<string> {
  let text = "";
  const parsed = await parseCommandLine([...name.split(" "), "--help"], GROUPS, (more) => {
    text += more;
  });
  assert.equal(parsed.kind, "shown");
  return text;
}

test("every command's help fits 80 columns and its usage names all that must be given", async () => {
  for (const definition of GROUPS.flatMap((group) => group.commands)) {
    const help = await helpOf(definition.name);
    const tooWide = help.split("\n").filter((line) => line.length > 80);
    assert.deepEqual(tooWide, [], definition.name);
    const needed = [...definition.operands, ...definition.options.filter((option) => option.isMandatory === true)];
    const [usage = ""] = help.split("\n");
    assert.equal(
      usage,
      ["Usage: countersign", definition.name, ...needed.map(({ text }) => text), "[options]"].join(" "),
    );
    for (const { text } of [...definition.operands, ...definition.options])
      assert.ok(help.includes(text.replace(/^<|>$/g, "")), `${definition.name} does not explain ${text}`);
  }
});

test("a group's help lists its commands in full", async () => {
  for (const group of GROUPS.filter(({ name, commands }) => commands.every((command) => command.name !== name))) {
    const help = await helpOf(group.name);
    for (const { name } of group.commands) assert.ok(help.includes(`\n  ${name.slice(group.name.length + 1)} `), name);
  }
});

test("every example is a command line that parses", async () => {
  for (const definition of GROUPS.flatMap((group) => group.commands)) {
    for (const { text } of definition.examples) {
      const [program, ...words] = text
        .replace(/ < .*$/, "")
        .replaceAll("\\\n", " ")
        .split(/\s+/);
      const parsed = await parseCommandLine(words, GROUPS, () => undefined);
      assert.equal(program, "countersign");
      assert.equal(parsed.kind === "run" ? parsed.command.name : text, definition.name);
    }
  }
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
