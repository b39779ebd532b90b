import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { COMMAND, environmentIn, temporaryDirectory } from "./command.ts";
import { onTerminal, untilNobodyUses, usersOf, withoutTerminal } from "./terminal.ts";

const CTRL_C = "\u0003";
const SMALL = ["demo", "--machines", "2", "--required", "2"];
const ERASED = "\r\u001b[2K";

describe("the demonstration on a terminal", { skip: withoutTerminal }, () => {
  it("shows its progress in place, says what is where, stays up, and ends with 0 at Ctrl-C", async () => {
    const home = temporaryDirectory();
    const demo = onTerminal(SMALL, home);
    await demo.until("Ctrl-C stops it.");
    const screen = demo.screen();
    assert.ok(screen.includes(`${ERASED}[############............] 1/2 licensed`), "the bar replaces itself");
    assert.match(screen, /What is where\r\n {2}publisher {2}127\.0\.0\.1:\d+ /);
    assert.ok(usersOf(home).length >= 2, "publisher and host run");
    const context = JSON.parse(readFileSync(join(home, "countersign", "contexts.json"), "utf8"));
    assert.equal(context.current, "demo");
    demo.type(CTRL_C);
    assert.equal(await demo.exitCode, 0);
    assert.match(demo.screen(), /stopped; everything stays in \S+countersign-demo-\S+\r\n$/);
    await untilNobodyUses(home);
  });

  it("ends with 130 at a Ctrl-C before it is up, and leaves no process behind", async () => {
    const home = temporaryDirectory();
    const demo = onTerminal([...SMALL, "--exit"], home);
    await demo.until("starting the publisher and the host");
    demo.type(CTRL_C);
    assert.equal(await demo.exitCode, 130);
    assert.match(demo.screen(), /expected to finish, found a request to stop\r\n/);
    await untilNobodyUses(home);
  });
});

describe("a demonstration whose process is ended", { skip: withoutTerminal }, () => {
  for (const { signal, ends } of [
    { signal: "SIGTERM", ends: [0, null] },
    { signal: "SIGKILL", ends: [null, "SIGKILL"] },
  ] as const) {
    it(`by ${signal} takes its services with it`, async () => {
      const home = temporaryDirectory();
      const demo = spawn(
        process.execPath,
        ["--disable-warning=ExperimentalWarning", COMMAND, ...SMALL, "-o", "jsonl"],
        {
          env: environmentIn(home),
          stdio: ["ignore", "pipe", "ignore"],
        },
      );
      const ended = once(demo, "exit");
      for await (const _ of createInterface({ input: demo.stdout })) break;
      assert.ok(usersOf(home).length >= 2, "publisher and host run");
      demo.kill(signal);
      assert.deepEqual(await ended, ends);
      await untilNobodyUses(home);
      const [directory = ""] = readdirSync(home).filter((name) => name.startsWith("countersign-demo-"));
      const log = readFileSync(join(home, directory, "host", "host.log"), "utf8");
      // A start that met a taken port stands above the line of the one that serves.
      assert.doesNotMatch(log.slice(log.lastIndexOf("host ready")), /^error: /m);
    });
  }
});
