#!/usr/bin/env node
// `slmgr …` is `countersign slmgr …`. npm cannot leave a command out on one system, so it says there whose name this is.
if (process.platform === "win32") {
  process.stderr.write("error: expected countersign slmgr, found slmgr, which is Microsoft's on Windows\n");
  process.exit(2);
}
process.argv.splice(2, 0, "slmgr");
await import("./countersign.mjs");
