// A store as a process of its own whose limit on file size a test moves. Each line of stdin is a number of machines to
// save in one unit; each line of stdout is what became of it, and how many machines readers see then.
import { randomBytes } from "node:crypto";
import { statSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { StoreFault } from "../src/index.ts";
import { openSqliteHostStore } from "../src/sqlite/index.ts";
import { sampleMachine } from "./sample-machine.ts";

const [path = ""] = process.argv.slice(2);
const store = openSqliteHostStore(path, (length) => new Uint8Array(randomBytes(length)));
const say = async (outcome: string, at: string) => {
  const { machines } = await store.rowCounts();
  writeSync(1, `${JSON.stringify({ outcome, at, machines, logBytes: statSync(`${path}-wal`).size })}\n`);
};
await say("open", "");
for await (const line of createInterface(process.stdin)) {
  let at = "begin";
  const rows = Array.from({ length: Number(line) }, () => sampleMachine());
  const saved = store.transact(async (unit) => {
    at = "write";
    await unit.saveMachines(rows);
    at = "commit";
  });
  await saved.then(
    () => say("saved", at),
    (error) => say(error instanceof StoreFault ? error.reason : `${error}`, at),
  );
}
await store.close();
