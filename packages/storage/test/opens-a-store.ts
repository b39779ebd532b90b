// A process of its own that opens a store, without the rights root has over file modes, and says what came of it.
import { writeSync } from "node:fs";
import { StoreFault } from "../src/index.ts";
import { openSqliteHostStore } from "../src/sqlite/index.ts";

try {
  await openSqliteHostStore(process.argv[2] ?? "", (length) => new Uint8Array(length).fill(1)).close();
  writeSync(1, "open");
} catch (error) {
  writeSync(1, error instanceof StoreFault ? `${error.reason}: ${error.remedy}` : `${error}`);
}
