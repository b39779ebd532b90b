// A host as a process of its own, for tests that kill it and for the bench. Prints one JSON line with its ports when
// ready and stops when its stdin closes. Arguments: data directory, mode, file of the in-flight mark.
import { openSync, writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { HostStore } from "@countersign/storage";
import { startHost } from "../src/main.ts";

const [dataDirectory = "", mode = "plain", markPath = ""] = process.argv.slice(2);
const mark = markPath === "" ? undefined : openSync(markPath, "w");
const startedMs = performance.timeOrigin;

const host = await startHost({
  dataDirectory,
  port: 0,
  adminPort: 0,
  listenAddress: "127.0.0.1",
  logLevel: "silent",
  wrapStore: mode === "mutant" ? answersBeforeCommit : marksBatches,
});
const { port, adminSocket } = host;
writeSync(
  1,
  `${JSON.stringify({ port, adminSocket, readyMs: Math.round(performance.timeOrigin + performance.now() - startedMs) })}\n`,
);
process.stdin.resume();
process.stdin.on("end", async () => {
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  await host.stop();
  writeSync(1, `${JSON.stringify({ rssMiB: Math.round(rss / 2 ** 20), cpuS: (user + system) / 1e6 })}\n`);
  process.exit(0);
});

/** Leaves "1" in the mark file while a batch is open: the page cache keeps it when the process is killed. */
function marksBatches(store: HostStore): HostStore {
  if (mark === undefined) return store;
  return {
    ...store,
    transact: async (work) => {
      writeSync(mark, "1", 0);
      const result = await store.transact(work);
      writeSync(mark, "0", 0);
      return result;
    },
  };
}

/** The mutant: signs and answers while the unit is still open. */
function answersBeforeCommit(store: HostStore): HostStore {
  return {
    ...store,
    transact: (work) =>
      new Promise((resolve, reject) => {
        store
          .transact(async (unit) => {
            const result = await work(unit);
            if (mark !== undefined) writeSync(mark, "1", 0);
            resolve(result);
            // A few turns of the loop: long enough for the answer to leave before the commit.
            for (let turn = 0; turn < 50; turn++) await new Promise((next) => setImmediate(next));
            if (mark !== undefined) writeSync(mark, "0", 0);
            return result;
          })
          .catch(reject);
      }),
  };
}
