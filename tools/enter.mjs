// The door of `npm start`, `npm test` and their like: runs on any Node >= 20, installs what the lock file names when it
// is not there yet, and goes on under the pinned Node of node_modules. Plain JavaScript, because it must run before that.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PINNED_NODE = join(ROOT, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const STAMP = join(ROOT, "node_modules", ".countersign-installed");

const VERBS = {
  start: ["packages/cli/bin/countersign.mjs", "demo"],
  test: ["tools/test.ts"],
  "test:long": ["tools/test.ts", "--long"],
  bench: ["bench/main.ts"],
};

const [verb = "", ...rest] = process.argv.slice(2);
const script = VERBS[verb];
if (script === undefined) {
  process.stderr.write(`expected one of ${Object.keys(VERBS).join(", ")}, found "${verb}"\n`);
  process.exit(2);
}
installWhenNeeded();
goOnUnderPinnedNode([join(ROOT, script[0]), ...script.slice(1), ...rest]);

function installWhenNeeded() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  if (existsSync(PINNED_NODE) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  process.stderr.write("installing the packages of package-lock.json (npm ci)\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, error } = spawnSync(npm, ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: ROOT,
    // npm's chatter goes to stderr: stdout belongs to what was asked for.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0 || !existsSync(PINNED_NODE)) {
    process.stderr.write(
      `npm ci ended with ${error?.message ?? `exit code ${status}`}; the pinned Node was expected at ${PINNED_NODE}\n` +
        "  hint: check the network or the npm registry setting, then run the command again\n",
    );
    process.exit(1);
  }
  writeFileSync(STAMP, wanted);
}

function goOnUnderPinnedNode(argv) {
  const child = spawn(PINNED_NODE, ["--disable-warning=ExperimentalWarning", ...argv], {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${join(ROOT, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
    },
  });
  // A Ctrl-C reaches the whole foreground group; this process only waits for the child to end in its own way.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
