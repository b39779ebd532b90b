// The doctor as a person runs it, on a running and a stopped host, on their machine, and over a file.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type DoctorReport, doctorReportSchema } from "@countersign/doctor";
import { countersign } from "./command.ts";
import { prepareSite, serveHost } from "./running-site.ts";

const site = await prepareSite();
const host = await serveHost(site);
const doctor = (...words: readonly string[]) => countersign(["doctor", ...words], site);

async function reportOf(...words: readonly string[]): Promise<DoctorReport & { readonly code: number | null }> {
  const { code, stdout, stderr } = await doctor(...words, "-o", "json");
  assert.ok(stdout.startsWith("{"), stderr);
  return { ...(doctorReportSchema.strict().parse(JSON.parse(stdout)) as DoctorReport), code };
}

/** Names, bytes, modes and times of writing of everything in a directory. */
function traceOf(name: string) {
  const directory = join(site.home, name);
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return [directory, ...entries.map(({ parentPath, name: own }) => join(parentPath, own))].sort().map((path) => {
    const { mtimeNs, size, mode, ino } = lstatSync(path, { bigint: true });
    const bytes = lstatSync(path).isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
    return { path, mtimeNs, size, mode, ino, bytes };
  });
}

const gravest = ({ causes }: DoctorReport) =>
  causes.filter(({ gravity }) => gravity === "fatal" || gravity === "error");

describe("the doctor beside a running host", () => {
  it("finds nothing grave on the host", async () => {
    const report = await reportOf("--data", "site");
    assert.deepEqual(gravest(report), []);
    assert.equal(report.code, 0);
  });

  it("ends with 3 on warnings with --fail-on warn: its publisher does not answer", async () => {
    const { code, stdout } = await doctor("--data", "site", "--fail-on", "warn", "-o", "json");
    const ids = JSON.parse(stdout).causes.map(({ id }: { id: string }) => id);
    assert.deepEqual([code, ids.includes("PUBLISHER_UNREACHABLE")], [3, true]);
  });

  it("finds nothing grave on a machine that it activated", async () => {
    assert.equal((await countersign(["client", "activate", "--data", "pc"], site)).code, 0);
    assert.deepEqual(gravest(await reportOf("--data", "pc")), []);
  });

  it("judges what was saved as it judged what it saw, without looking", async () => {
    const seen = await reportOf("--data", "pc", "--save-facts", "facts.json");
    assert.equal(lstatSync(join(site.home, "facts.json")).mode & 0o777, 0o600);
    assert.deepEqual(await reportOf("facts.json"), seen);
  });

  it("joins what was saved on both sides", async () => {
    await doctor("--data", "site", "--save-facts", "host.json");
    const { checks } = await reportOf("host.json", "facts.json");
    for (const id of ["CS-ENV-002", "CS-LIC-001"])
      assert.equal(checks.find((check) => check.id === id)?.outcome, "good", id);
  });

  it("keeps no key beyond its last five symbols", async () => {
    const said = [...["facts.json", "host.json"].map((name) => readFileSync(join(site.home, name), "utf8"))];
    said.push((await doctor("--data", "site", "--why")).stdout);
    for (const text of said) assert.doesNotMatch(text, /[A-Z0-9]{5}-[A-Z0-9]{5}-/);
  });

  it("says with --ready whether machines may be sent to it: not to one that nobody can find", async () => {
    const { code, sentence, checks } = await reportOf("--data", "site", "--ready");
    assert.equal(checks.find(({ id }) => id === "CS-HST-002")?.outcome, "good");
    assert.equal(code === 0, sentence.startsWith("Machines may be sent to this host"), sentence);
    const client = await doctor("--data", "pc", "--ready");
    assert.deepEqual([client.code, client.stdout], [2, ""]);
    assert.match(client.stderr, /expected a host .*pc/);
  });

  it("writes a page for a browser that names the machine and what it found", async () => {
    await doctor("--data", "pc", "--html", "report.html");
    const page = readFileSync(join(site.home, "report.html"), "utf8");
    assert.match(page, /^<!doctype html>[\s\S]*<svg [\s\S]*<\/html>\n$/);
  });

  it("names the host again when it is killed", async () => {
    host.signal("SIGKILL");
    await host.exitCode;
    assert.equal((await reportOf("--data", "site")).causes[0]?.id, "HOST_STOPPED");
    assert.notDeepEqual(gravest(await reportOf("--data", "pc")), []);
  });
});

describe("the doctor, where nothing runs any more", () => {
  it("names the stopped host, ends with 1, and leaves no trace of having looked", async () => {
    const before = traceOf("site");
    const report = await reportOf("--data", "site");
    assert.deepEqual([report.code, report.standpoint, report.causes[0]?.id], [1, "host", "HOST_STOPPED"]);
    assert.match(
      report.sentence,
      /^Most likely the host .* does not run .*: mend it with `countersign host serve --data /,
    );
    assert.deepEqual(traceOf("site"), before);
  });

  it("names the fixed host of a machine that is gone, and leaves no trace there either", async () => {
    const before = traceOf("pc");
    const report = await reportOf("--data", "pc");
    assert.deepEqual([report.code, report.standpoint], [1, "client"]);
    assert.equal(
      report.causes[0]?.evidence.some((line) => line.includes(`127.0.0.1:${site.value("hostPort")}`)),
      true,
    );
    assert.deepEqual(traceOf("pc"), before);
  });

  it("says that nothing is set up in a directory without anything, and makes nothing there", async () => {
    const report = await reportOf("--data", "nowhere");
    assert.deepEqual([report.code, report.standpoint], [0, "outside"]);
    assert.ok(report.findings.some(({ id }) => id === "NOT_SET_UP"));
    assert.equal(readdirSync(site.home).includes("nowhere"), false);
  });

  it("says with --pre whether a host may be made in a directory, and makes none", async () => {
    const { checks, causes } = await reportOf("--data", "nowhere", "--pre");
    assert.ok(checks.length > 0 && checks.every(({ category }) => category === "PRE"));
    assert.ok(!causes.some(({ id }) => id === "PLACE_UNWRITABLE" || id === "HOST_HERE_ALREADY"));
    assert.equal(readdirSync(site.home).includes("nowhere"), false);
    assert.equal((await reportOf("--data", "site", "--pre")).findings[0]?.id, "HOST_HERE_ALREADY");
  });

  it("asks nobody with --offline: what needs the network could not be looked at", async () => {
    const report = await reportOf("--data", "pc", "--offline");
    assert.ok(report.summary.unknown > 0);
    for (const { outcome, why } of report.checks) if (outcome === "unknown") assert.match(why, /--offline/);
  });

  it("is a plugin with -o nagios: one line, 2", async () => {
    const { code, stdout } = await doctor("--data", "site", "-o", "nagios");
    assert.equal(code, 2);
    assert.match(stdout, /^COUNTERSIGN CRITICAL - Most likely [^\n]* \| good=\d+ found=\d+ skipped=\d+ unknown=\d+\n$/);
  });

  it("makes only the checks that are named, or all but those", async () => {
    const only = await reportOf("--data", "site", "--only", "env", "CS-STO-001");
    assert.deepEqual([...new Set(only.checks.map(({ category }) => category))], ["ENV", "STO"]);
    const without = await reportOf("--data", "site", "--skip", "ENV");
    assert.ok(without.checks.every(({ category }) => category !== "ENV"));
    assert.ok(!without.causes.some(({ id }) => id === "HOST_STOPPED"));
  });
});

describe("a mistake at the doctor's", () => {
  const facts = (change: (value: Record<string, unknown>) => unknown): string =>
    JSON.stringify(change(JSON.parse(readFileSync(join(site.home, "facts.json"), "utf8"))));
  const FILES: readonly (readonly [string, () => string, RegExp])[] = [
    ["is cut off in the middle", () => facts((value) => value).slice(0, 2_000), /found no JSON object/],
    ["is of a later version", () => facts((value) => ({ ...value, format: 2 })), /format 1, found format 2/],
    ["is something else", () => "[]", /format 1, found no format/],
    ["holds a host that is none", () => facts((value) => ({ ...value, hosts: [{}] })), /hosts\.0/],
  ];
  for (const [what, text, message] of FILES) {
    it(`a file that ${what} is refused with what is wrong in it`, async () => {
      writeFileSync(join(site.home, "bad.json"), text());
      const { code, stdout, stderr } = await doctor("bad.json");
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, message);
    });
  }

  const WORDS: readonly (readonly [readonly string[], RegExp])[] = [
    [["none.json"], /none\.json/],
    [["--only", "DSN"], /expected --only to be a check as CS-DNS-003, or one of .*, found DSN/],
    [["--fail-on", "everything"], /--fail-on/],
    [["--wait", "0"], /--wait/],
    [["--pre", "--ready"], /expected --pre or --ready, found both/],
    [["--domain", "-"], /--domain/],
    [["--host", "a b"], /--host/],
    [["--dns-server", "dns.example"], /--dns-server/],
    [["--data", "pc", "--trust", "none.cstrust"], /none\.cstrust/],
    [["--data", "pc", "--html", "none/report.html"], /none\/report\.html/],
  ];
  for (const [words, message] of WORDS) {
    it(`${words.join(" ")}: is refused by its name`, async () => {
      const { code, stdout, stderr } = await doctor(...words);
      assert.ok(code === 1 || code === 2, `exit code ${code}`);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    });
  }
});
