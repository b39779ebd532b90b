// A process of its own that opens a store and holds it; with a mode it writes until it is killed.
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { openSqliteHostStore } from "../src/sqlite/index.ts";

const [path = "", mode] = process.argv.slice(2);
const store = openSqliteHostStore(path, (length) => new Uint8Array(randomBytes(length)));
process.stdin.resume();
if (mode === undefined) {
  // Nothing keeps the store from here on: it is held all the same, also after a collection.
  setImmediate(() => {
    globalThis.gc?.();
    writeSync(1, "open\n");
  });
} else {
  writeSync(1, "open\n");
  for (let i = 1; ; i++) {
    // The mutant says so while the unit is still open, which is what signing before commit would do.
    await store.transact(async (unit) => {
      await unit.appendEvents([
        { timeMs: i, eventId: 12290, seat: 1, requestId: undefined, cmid: undefined, previous: 0, data: {} },
      ]);
      if (mode === "acknowledge-first") {
        writeSync(1, `saved ${i}\n`);
        await new Promise((resolve) => setImmediate(resolve));
        if (i === 30) process.kill(process.pid, "SIGKILL");
      }
    });
    if (mode === "commit-first") writeSync(1, `saved ${i}\n`);
    if (mode === "commit-first") await new Promise((resolve) => setImmediate(resolve));
  }
}
