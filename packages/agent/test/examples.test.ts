import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { agentInProcess } from "./agent-in-process.ts";
import { connected, servedSite } from "./agent-world.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "..", "examples");
const PYTHON = "/usr/bin/python3";

/** Runs a program; its exit code and what it said. */
function run(command: string, args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(command, [...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` });
    });
  });
}

function gccIsThere(): boolean {
  try {
    execFileSync("gcc", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Elsewhere than in CI a missing program is a reason to skip, and is named. */
function skipWithout(isThere: boolean, what: string): { readonly skip: string | false } {
  return { skip: isThere || process.env["CI"] !== undefined ? false : `${what} is not installed` };
}

/** The program over an agent whose products are in grace, then licensed, then gone. */
async function tellsTheStory(t: TestContext, command: string, args: readonly string[]): Promise<void> {
  const served = await servedSite(t);
  const { sockets } = await agentInProcess(t, served, "pc-1");
  const root = await connected(t, sockets.root);
  for (const key of [served.site.setupKey, served.site.otherSetupKey]) await root.request("install-key", { key });
  await root.request("activate", { activationId: served.product });
  const before = await run(command, [...args, sockets.everybody]);
  assert.deepEqual(before, { code: 6, said: "Editor Pro: Licensed\nEditor Basic: Initial grace period\n" });
  await root.request("activate", { activationId: served.other });
  const after = await run(command, [...args, sockets.everybody]);
  assert.deepEqual(after, { code: 0, said: "Editor Pro: Licensed\nEditor Basic: Licensed\n" });
  const nobody = await run(command, [...args, `${sockets.everybody}.none`]);
  assert.equal(nobody.code, 4);
  assert.match(nobody.said, /^no agent answers at /);
}

describe("the examples over the agent's socket", () => {
  it("in Python print how each product stands", skipWithout(existsSync(PYTHON), PYTHON), async (t) => {
    await tellsTheStory(t, PYTHON, [join(EXAMPLES, "python", "status.py")]);
  });

  it("in C do the same, compiled without a warning", skipWithout(gccIsThere(), "gcc"), async (t) => {
    const served = await servedSite(t);
    const { directory } = await agentInProcess(t, served, "pc-2");
    const program = join(directory, "status");
    const strict = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-O2"];
    const compiled = await run("gcc", [...strict, "-o", program, join(EXAMPLES, "c", "status.c")]);
    assert.deepEqual(compiled, { code: 0, said: "" });
    await tellsTheStory(t, program, []);
  });
});
