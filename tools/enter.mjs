// The door of `npm start`, `npm test` and their like: runs on any Node >= 20, installs what the lock file names when it
// is not there whole, and goes on under the pinned Node of node_modules. Plain JavaScript, because it must run before that.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PINNED_NODE = join(ROOT, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

const VERBS = {
  start: ["packages/cli/bin/countersign.mjs", "demo"],
  test: ["tools/test.ts"],
  "test:long": ["tools/test.ts", "--long"],
  bench: ["bench/main.ts"],
  faults: ["faults/main.ts"],
  release: ["tools/release.ts"],
};

const [verb = "", ...rest] = process.argv.slice(2);
const script = VERBS[verb];
if (script === undefined) {
  process.stderr.write(`expected one of ${Object.keys(VERBS).join(", ")}, found "${verb}"\n`);
  process.exit(2);
}
const NETWORK = "its own words are above; check the network and the npm registry setting, then run the command again";
const SCRIPTS = "an install script puts it there: `npm config get ignore-scripts` must say false; then run it again";

installWhenNeeded();
goOnUnderPinnedNode([join(ROOT, script[0]), ...script.slice(1), ...rest]);

function installWhenNeeded() {
  const missing = whatIsMissing();
  if (missing === undefined) return;
  process.stderr.write(`installing the packages of package-lock.json (npm ci): ${missing}\n`);
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, signal, error } = spawnSync(npm, ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: ROOT,
    // npm's chatter goes to stderr: stdout belongs to what was asked for.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) stop(`npm ci to end with 0, found ${error?.message ?? signal ?? `exit code ${status}`}`, NETWORK);
  const fault = faultOfPinnedNode(readLock("package-lock.json")?.["node_modules/node"]?.version);
  if (fault !== undefined) stop(`npm ci to install the pinned Node, found ${fault}`, SCRIPTS);
}

/** What of the lock file is not there, in words; undefined when nothing. An `npm ci` by hand is as good as ours. */
function whatIsMissing() {
  const wanted = readLock("package-lock.json");
  const found = readLock("node_modules/.package-lock.json");
  // npm writes its own record last: without it an install was cut short.
  if (found === undefined) return "no complete install is there";
  for (const [path, { version, link }] of Object.entries(found)) {
    if (!path.startsWith("node_modules/")) continue;
    if (wanted[path]?.version !== version) return `${path} is ${version}, not ${wanted[path]?.version ?? "wanted"}`;
    if (!existsSync(join(ROOT, path, link ? "" : "package.json"))) return `${path} is missing`;
  }
  for (const [path, { dependencies, devDependencies }] of Object.entries(wanted)) {
    if (path !== "" && !path.startsWith("packages/")) continue;
    for (const name of Object.keys({ ...dependencies, ...devDependencies }))
      if (!found[`node_modules/${name}`] && !found[`${path}/node_modules/${name}`]) return `${name} is missing`;
  }
  return faultOfPinnedNode(wanted["node_modules/node"]?.version);
}

function faultOfPinnedNode(version) {
  const { stdout, error } = spawnSync(PINNED_NODE, ["--version"], { encoding: "utf8" });
  if (error !== undefined) return `the pinned Node does not start (${error.code ?? error.message})`;
  return stdout.trim() === `v${version}` ? undefined : `the pinned Node is ${stdout.trim()}, not v${version}`;
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), "utf8")).packages;
  } catch {
    return undefined;
  }
}

function stop(message, hint) {
  process.stderr.write(`error: expected ${message}\n  hint: ${hint}\n`);
  process.exit(1);
}

function goOnUnderPinnedNode(argv) {
  const child = spawn(PINNED_NODE, ["--disable-warning=ExperimentalWarning", ...argv], {
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}${delimiter}${process.env.PATH}` },
  });
  // A Ctrl-C reaches the whole foreground group; this process only waits for the child to end in its own way.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}
