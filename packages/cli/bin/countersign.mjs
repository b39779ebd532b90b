#!/usr/bin/env node
// Plain JavaScript, because it must start under any Node >= 20: goes on under the pinned one where the running is too old.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LEAST_MAJOR = 24;
const running = Number(process.versions.node.split(".")[0]);

if (running >= LEAST_MAJOR) {
  keepCompiled();
  const { main } = await import("../src/main.ts");
  await main(process.argv.slice(2));
} else {
  goOnUnder(pinnedNode());
}

/**
 * A third of a short command's time is compiling. What was compiled is kept beside the packages: whoever may write there
 * may change the packages themselves, which a directory for everybody could not promise.
 */
function keepCompiled() {
  const packages = upwards("node_modules");
  if (packages !== undefined) module.enableCompileCache(join(packages, ".cache", "countersign"));
}

/** From this file's own place upwards, so that a link in node_modules/.bin finds it too. */
function pinnedNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const found = upwards("node_modules", "node", "bin", name);
  if (found !== undefined) return found;
  process.stderr.write(
    `expected Node ${LEAST_MAJOR} or newer, found ${process.versions.node} and no pinned Node beside this command\n` +
      "  hint: install Node 24, or `npm install node@24` beside this command; in its repository run `npm ci`\n",
  );
  return process.exit(2);
}

function goOnUnder(node) {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", script, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A Ctrl-C reaches the whole foreground group; this process only waits for the child to end in its own way.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

/** The nearest such path, from this file's own directory to the root. */
function upwards(...path) {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (directory !== dirname(directory)) {
    const candidate = join(directory, ...path);
    if (existsSync(candidate)) return candidate;
    directory = dirname(directory);
  }
  return undefined;
}
