import assert from "node:assert/strict";
import { test } from "node:test";
import { GROUPS } from "../packages/cli/src/commands/groups.ts";
import { OPTIONS } from "../packages/cli/src/slmgr/options.ts";
import { ALL_CHECKS } from "../packages/doctor/src/checks/catalogue.ts";
import { PRE_CHECKS } from "../packages/doctor/src/checks/pre-checks.ts";

const COMMANDS = GROUPS.flatMap((group) => group.commands);
/** What every command takes. */
const COMMON = ["--output", "--help"];
/** What stands where a row has a place. */
const PLACE = "X";
/** Each command of ours that a check prints, with who prints it; its places filled with what may stand there. */
const PRINTED = [...ALL_CHECKS, ...PRE_CHECKS].flatMap(({ id, byHand, findings }) => {
  const inRows = Object.values(findings).flatMap(({ remedy, advice }) => [remedy, ...quotedIn(advice)]);
  return [...byHand, ...inRows]
    .map((text) => text.replace(/\{(data|options)\}/g, " --data D").replace(/\{\w+\}/g, PLACE))
    .map((text) => text.replace(/\s#.*$/, ""))
    .filter((text) => text.startsWith("countersign "))
    .map((text) => ({ id, words: text.split(/\s+/).slice(1) }));
});

function quotedIn(advice: string): readonly string[] {
  return [...advice.matchAll(/`(countersign [^`]+)`/g)].map(([, text = ""]) => text);
}

test("every command that a check prints is one that there is, with options that it has", () => {
  assert.ok(PRINTED.length > 100);
  const wrong = PRINTED.flatMap(({ id, words }) => faultsOf(words).map((fault) => `${id}: ${fault}`));
  assert.deepEqual([...new Set(wrong)], []);
});

test("a command that there is not, or an option that it has not, is found", () => {
  assert.deepEqual(faultsOf(["host", "restore"]), ["countersign host restore is no command"]);
  assert.deepEqual(faultsOf(["host", "status", "--frobnicate"]), ["countersign host status has no --frobnicate"]);
  assert.deepEqual(faultsOf(["slmgr", "/nope"]), ["slmgr has no /nope"]);
});

function faultsOf(words: readonly string[]): readonly string[] {
  if (words[0] === "--version") return [];
  if (words[0] === "slmgr") {
    const option = words.find((word) => word.startsWith("/")) ?? words[1] ?? "nothing";
    // The option itself may be a place of the row.
    return option === PLACE || OPTIONS.some(({ name }) => name === option) ? [] : [`slmgr has no ${option}`];
  }
  const named = COMMANDS.filter(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));
  const command = named.toSorted((a, b) => b.name.length - a.name.length)[0];
  if (command === undefined) return [`countersign ${words.join(" ")} is no command`];
  const known = [...COMMON, ...command.options.flatMap(({ text }) => text.match(/--[a-z-]+/g) ?? [])];
  return words
    .filter((word) => word.startsWith("--") && !known.includes(word))
    .map((word) => `countersign ${command.name} has no ${word}`);
}
