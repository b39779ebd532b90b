import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, it } from "node:test";
import { ROOT } from "./source-files.ts";

const WINDOWS = process.platform === "win32" && "the stand-in for npm is a shell script";
const LOCK = {
  packages: {
    "": { devDependencies: { node: "*", other: "*" } },
    "node_modules/node": { version: process.versions.node },
    "node_modules/other": { version: "1.2.3" },
  },
};

/** A repository with the real door, one test runner that says what it was given, and an `npm` that does `install`. */
function repository(install: string) {
  const root = mkdtempSync(join(tmpdir(), "countersign-door-"));
  after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["tools", "bin"]) mkdirSync(join(root, folder));
  copyFileSync(join(ROOT, "tools", "enter.mjs"), join(root, "tools", "enter.mjs"));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(LOCK));
  writeFileSync(join(root, "tools", "test.ts"), "console.log(process.argv.slice(2).join()); process.exitCode = 7;");
  writeFileSync(join(root, "bin", "npm"), `#!/bin/sh\necho "$@" >> asked\n${install}\n`);
  chmodSync(join(root, "bin", "npm"), 0o755);
  return {
    root,
    enter(...words: readonly string[]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "tools", "enter.mjs"), ...words], {
        cwd: tmpdir(),
        encoding: "utf8",
        env: { PATH: [join(root, "bin"), "/usr/bin", "/bin"].join(delimiter) },
      });
      return { status, stdout, stderr };
    },
    installs: () => readFileSync(join(root, "asked"), "utf8").trim().split("\n").length,
  };
}

const WHOLE = `
mkdir -p node_modules/node/bin node_modules/other
echo '{}' | tee node_modules/node/package.json > node_modules/other/package.json
ln -sf '${process.execPath}' node_modules/node/bin/node
cp package-lock.json node_modules/.package-lock.json`;

describe("the door of npm start and npm test", { skip: WINDOWS }, () => {
  it("installs once, hands the words on and ends as what it started ends", () => {
    const { enter, installs } = repository(WHOLE);
    const first = enter("test", "a.test.ts", "b.test.ts");
    assert.deepEqual([first.status, first.stdout], [7, "a.test.ts,b.test.ts\n"]);
    assert.equal(first.stderr, "installing the packages of package-lock.json (npm ci): no complete install is there\n");
    assert.deepEqual(enter("test"), { status: 7, stdout: "\n", stderr: "" });
    assert.equal(installs(), 1);
  });

  it("installs again where a package, the record of npm or the pinned Node is gone, or another version is there", () => {
    const { root, enter, installs } = repository(WHOLE);
    enter("test");
    const [record, modules] = [join(root, "node_modules", ".package-lock.json"), join(root, "node_modules")];
    const older = { packages: { ...LOCK.packages, "node_modules/other": { version: "1.2.2" } } };
    const breaks: readonly [() => void, RegExp][] = [
      [() => rmSync(join(modules, "other"), { recursive: true }), /: node_modules\/other is missing\n/],
      [() => rmSync(record), /: no complete install is there\n/],
      [() => writeFileSync(record, "{"), /: no complete install is there\n/],
      [() => rmSync(join(modules, "node", "bin", "node")), /: the pinned Node does not start \(ENOENT\)\n/],
      [() => writeFileSync(record, JSON.stringify(older)), /: node_modules\/other is 1\.2\.2, not 1\.2\.3\n/],
      [() => writeFileSync(record, '{"packages":{}}'), /: node is missing\n/],
    ];
    for (const [index, [breakIt, told]] of breaks.entries()) {
      breakIt();
      const { status, stderr } = enter("test");
      assert.match(stderr, told);
      assert.equal(status, 7);
      assert.equal(installs(), index + 2);
    }
  });

  it("says clearly that an install failed, on stderr alone, and starts nothing", () => {
    const { enter } = repository("echo E_NO_NETWORK >&2; exit 3");
    const { status, stdout, stderr } = enter("test");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /E_NO_NETWORK\nerror: expected npm ci to end with 0, found exit code 3\n {2}hint: /);
  });

  it("says so where npm is not there at all", () => {
    const { root, enter } = repository("");
    rmSync(join(root, "bin", "npm"));
    const { status, stderr } = enter("test");
    assert.equal(status, 1);
    assert.match(stderr, /found (spawnSync npm ENOENT|exit code \d+)\n/);
  });

  it("names install scripts that were not run, which is how the pinned Node stays away", () => {
    const { enter } = repository(WHOLE.replace(/^ln .*$/m, ""));
    const { status, stderr } = enter("test");
    assert.equal(status, 1);
    assert.match(stderr, /expected npm ci to install the pinned Node, found the pinned Node does not start/);
    assert.match(stderr, /hint: .*ignore-scripts/);
  });

  it("knows its verbs", () => {
    const { enter } = repository(WHOLE);
    const { status, stdout, stderr } = enter("tset");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.equal(stderr, 'expected one of start, test, test:long, bench, faults, release, found "tset"\n');
  });
});
