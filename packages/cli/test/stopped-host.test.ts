// Commands beside a host that does not run: those that look leave no trace, those that change something do it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { countersign } from "./command.ts";
import { prepareSite, serveHost } from "./running-site.ts";

const site = await prepareSite();
const directory = join(site.home, "site");

/** Names, bytes, modes and times of writing of everything in the host's directory. */
function traceOfHost() {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true });
  return [directory, ...paths.map(({ parentPath, name }) => join(parentPath, name))].sort().map((path) => {
    const { mtimeNs, size, mode, ino } = lstatSync(path, { bigint: true });
    const bytes = lstatSync(path).isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
    return { path: relative(directory, path), mtimeNs, size, mode, ino, bytes };
  });
}

/** Every command that only looks at a host, with a word of what it shows. */
const LOOKING: readonly (readonly [words: string, shows: RegExp])[] = [
  ["host status", /publisher +Example/],
  ["host status -o json", /"serving": "no",[\s\S]*"status": "licensed"/],
  ["host config show", /listeningPort/],
  ["host config show --effective -o jsonl", /"setting":"listeningPort","value":"\d+","source":"\w+"/],
  ["host admin list", /none/],
  ["slmgr /dlv", /Key Management Service is enabled on this machine/],
  ["slmgr /dli", /License Status: Licensed/],
  ["slmgr /xpr", /Volume activation will expire/],
  ["events", /30012/],
  ["events --id 30012 -o json", /"completeSince": "2/],
  ["events --xml", /<Events>/],
  ["events show 1", /number +1\n/],
  ["explain nobody", /no request of nobody/],
];

function looksAtHost() {
  for (const [words, shows] of LOOKING) {
    it(words, async () => {
      const before = traceOfHost();
      const { code, stdout, stderr } = await countersign([...words.split(" "), "--data", "site"], site);
      assert.equal(code, 0, stderr);
      assert.match(stdout, shows);
      assert.deepEqual(traceOfHost(), before);
    });
  }
}

describe("beside a host that ended in order, no trace is left by", looksAtHost);

describe("what changes something beside it", () => {
  it("does so, and the next who looks sees it, with its source", async () => {
    const before = traceOfHost();
    assert.equal((await countersign(["slmgr", "/sai", "31", "--data", "site"], site)).code, 0);
    assert.notDeepEqual(traceOfHost(), before);
    const { stdout } = await countersign(
      ["host", "config", "show", "--effective", "--data", "site", "-o", "json"],
      site,
    );
    const [found] = JSON.parse(stdout).filter(
      ({ setting }: { setting: string }) => setting === "activationIntervalMinutes",
    );
    assert.deepEqual([found.value, found.source], ["31", "store"]);
  });

  it("takes the lock after it has looked: /ato asks for the licence first", async () => {
    const { code, stderr } = await countersign(["slmgr", "/ato", "--data", "site"], site);
    assert.match(stderr, /publisher/);
    assert.equal(code, 75, "nobody serves as the publisher");
  });
});

describe("host config show --effective", () => {
  it("reads the file that is named, with a store and without one, and changes neither", async () => {
    const file = join(site.home, "host.yaml");
    writeFileSync(file, "eventDays: 123\n");
    const before = [traceOfHost(), lstatSync(file, { bigint: true }).mtimeNs];
    for (const data of ["site", "nowhere"]) {
      const words = ["host", "config", "show", "--effective", "--data", data, "--config", file, "-o", "jsonl"];
      const { code, stdout } = await countersign(words, site);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`"setting":"eventDays","value":"123","source":"file","place":"${file}"`));
    }
    assert.deepEqual([traceOfHost(), lstatSync(file, { bigint: true }).mtimeNs], before);
    assert.equal(readdirSync(site.home).includes("nowhere"), false, "and nothing is made");
  });
});

describe("a store that a start must bring up to date", () => {
  it("is refused by name by who looks, and by nobody else", async () => {
    const host = await serveHost(site);
    host.signal("SIGKILL");
    await host.exitCode;
    rmSync(join(directory, "host.db-shm"));
    const before = traceOfHost();
    const { code, stderr } = await countersign(["host", "status", "--data", "site"], site);
    assert.match(stderr, /^error: expected a store that can be read as it is, found one that a start must bring up/);
    assert.match(stderr, /hint: start the service once/);
    assert.equal(code, 1);
    assert.deepEqual(traceOfHost(), before);
    const again = await serveHost(site);
    again.signal("SIGKILL");
    await again.exitCode;
  });
});

describe("beside a host that was killed, no trace is left by", looksAtHost);
