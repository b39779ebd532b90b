import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { COMMAND, countersign, environmentIn, temporaryDirectory } from "./command.ts";
import { onTerminal, untilNobodyUses, withoutTerminal } from "./terminal.ts";

describe("colour", { skip: withoutTerminal }, () => {
  const RED = "\u001b[31m";
  for (const { title, env, isColoured } of [
    { title: "marks an error on a terminal", env: {}, isColoured: true },
    { title: "is left out with NO_COLOR", env: { NO_COLOR: "1" }, isColoured: false },
    { title: "is left out on a dumb terminal", env: { TERM: "dumb" }, isColoured: false },
  ]) {
    it(title, async () => {
      const mistake = onTerminal(["host", "stats"], temporaryDirectory(), env);
      assert.equal(await mistake.exitCode, 2);
      assert.match(mistake.screen(), /error:.* expected a command of countersign host, found stats\r\n/);
      assert.equal(mistake.screen().includes(RED), isColoured);
    });
  }
});

describe("a person at a terminal", { skip: withoutTerminal }, () => {
  it("is asked nothing: a missing passphrase is an error that names where to put it", async () => {
    const home = temporaryDirectory();
    const sealed = { home, env: { COUNTERSIGN_KEY_PASSPHRASE: "open-sesame" } };
    assert.equal((await countersign(["publisher", "init", "--data", "p", "--name", "Example"], sealed)).code, 0);
    const adding = onTerminal(["publisher", "app", "add", "--data", "p", "--name", "Suite"], home);
    assert.equal(await adding.exitCode, 5);
    assert.match(adding.screen(), /expected the passphrase of the private key, found none or another one\r\n/);
    assert.match(adding.screen(), /hint:.* set COUNTERSIGN_KEY_PASSPHRASE/);
  });

  it("is asked nothing: a missing token is an error that names its option", async () => {
    const asking = onTerminal(["slmgr", "127.0.0.1:9", "/dlv"], temporaryDirectory());
    assert.equal(await asking.exitCode, 5);
    assert.match(asking.screen(), /no token in --token-file or on stdin\r\n/);
  });

  it("may type what - stands for: it ends with Ctrl-D, and a key is not printed beyond its last five symbols", async () => {
    const home = temporaryDirectory();
    assert.equal((await countersign(["host", "init", "--data", "site"], { home })).code, 0);
    const key = "BCDFG-HJKMN-PQRTV-WXY23-46789";
    const installing = onTerminal(["host", "key", "install", "--data", "site", "-"], home);
    installing.type(`${key}\n\u0004`);
    assert.equal(await installing.exitCode, 2);
    const [, said = ""] = installing.screen().split("error:");
    assert.match(said, /expected .*, found /);
    assert.ok(!said.includes(key.slice(0, 11)), said);
  });
});

describe("a pipe that closes early", () => {
  it("is no error", async () => {
    const home = temporaryDirectory();
    const child = spawn("/bin/sh", ["-c", `'${process.execPath}' '${COMMAND}' --help | head -n 1`], {
      env: environmentIn(home),
    });
    const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
    assert.deepEqual([stdout.join(""), stderr.join("")], ["Usage: countersign <command> [options]\n", ""]);
  });
});

/** A Node below 24 of this machine, as a newcomer has it; undefined where there is none. */
function olderNode(): string | undefined {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "node"));
  return candidates.find((path) => {
    const { stdout, status } = spawnSync(path, ["--version"], { encoding: "utf8" });
    const major = Number(/^v(\d+)/.exec(stdout ?? "")?.[1]);
    return status === 0 && major >= 20 && major < 24;
  });
}

const older = olderNode();

describe("the command under an older Node", { skip: older === undefined && "no Node of 20 to 23 on the path" }, () => {
  const node = older ?? "";

  it("goes on under the pinned one: same words, same answer, same exit code", async () => {
    const home = temporaryDirectory();
    const run = (...words: string[]) =>
      spawnSync(node, [COMMAND, ...words], { cwd: home, encoding: "utf8", env: environmentIn(home) });
    assert.deepEqual([run("--version").stdout, run("--version").status], ["0.1.0\n", 0]);
    const { status, stdout, stderr } = run("host", "stats");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^error: expected a command of countersign host, found stats\n/);
  });

  it("hands a SIGTERM on, so that a service ends in its own way", { skip: withoutTerminal }, async () => {
    const home = temporaryDirectory();
    const data = join(home, "site");
    assert.equal((await countersign(["host", "init", "--data", data], { home })).code, 0);
    const words = ["host", "serve", "--data", data, "--port", "0", "--admin-port", "0", "--listen", "127.0.0.1"];
    const host = spawn(node, [COMMAND, ...words, "--log-level", "silent"], {
      env: environmentIn(home),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(host, "exit");
    for await (const _ of createInterface({ input: host.stdout })) break;
    host.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
    await untilNobodyUses(data);
  });
});
