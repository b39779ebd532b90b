// behaviour.md §3: elevated options need root or the group countersign-operators; reading never does. With a real host of
// root's, and processes of two other accounts: one in the group, one in none.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { OPTIONS } from "../src/slmgr/options.ts";
import { COMMAND, type Ended, environmentIn } from "./command.ts";
import { prepareSite, type Site, serveHost } from "./running-site.ts";

/** Ids that no account of a system has. */
const OPERATORS = 64_123;
const MEMBER = { uid: 64_124, gid: OPERATORS } as const;
const STRANGER = { uid: 64_125, gid: 64_125 } as const;

/** A mount of its own: the group is there for the host alone, and the system's file stays as it is. */
const inNamespace = (groups: string) => [
  ...["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/group && exec "$@"', groups],
];

/** Why this cannot be tried here, or false. */
function withoutAccounts(): string | false {
  if (process.getuid?.() !== 0) return "needs root to become somebody else";
  const isSeparate = spawnSync("unshare", ["--mount", "true"]).status === 0;
  if (!isSeparate) return "needs a mount namespace of its own (unshare), which is not permitted here";
  const { status } = spawnSync(process.execPath, [COMMAND, "--version"], { ...STRANGER, env: {}, cwd: "/" });
  return status === 0 ? false : "the repository cannot be read by another account";
}

/** Runs the command as one of them, in a home of its own, to its end. */
async function runAs(
  account: typeof MEMBER | typeof STRANGER,
  words: readonly string[],
  { home }: Site,
): Promise<Ended> {
  const own = join(home, `home-${account.uid}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  chownSync(own, account.uid, account.gid);
  const { NODE_COMPILE_CACHE: _, ...env } = environmentIn(own);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", COMMAND, ...words], {
    ...{ ...account, env, cwd: "/", stdio: ["ignore", "pipe", "pipe"] },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    once(child, "exit"),
  ]);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

const noAccounts = withoutAccounts();

describe("a host of root's with the group countersign-operators", { skip: noAccounts }, async () => {
  if (noAccounts !== false) return;
  const site = await prepareSite();
  chmodSync(site.home, 0o711);
  const groups = join(site.home, "group");
  writeFileSync(groups, `${readFileSync("/etc/group", "utf8")}countersign-operators:x:${OPERATORS}:\n`, {
    mode: 0o644,
  });
  const host = await serveHost(site, inNamespace(groups));
  const data = ["--data", join(site.home, "site")];
  const slmgrAs = (account: typeof MEMBER | typeof STRANGER, words: readonly string[]) =>
    runAs(account, ["slmgr", ...words, ...data], site);
  /** What is shown but for the time of day. */
  const shown = ({ stdout }: Ended) => stdout.replace(/^Trusted time: .*$/m, "");
  const interval = async () => {
    const { stdout } = await runAs(STRANGER, ["host", "config", "show", ...data, "-o", "jsonl"], site);
    return /"activationIntervalMinutes","value":"(.*?)"/.exec(stdout)?.[1];
  };

  it("is looked at by everybody: /dlv, /dli, /xpr, host status", async () => {
    for (const view of OPTIONS.filter(({ deed }) => deed.kind === "show")) {
      assert.equal(view.isElevated, false);
      const [stranger, member] = [await slmgrAs(STRANGER, [view.name]), await slmgrAs(MEMBER, [view.name])];
      assert.deepEqual([stranger.code, stranger.stderr], [0, ""]);
      assert.equal(shown(stranger), shown(member));
      assert.match(stranger.stdout, /Editor/);
    }
    const status = await runAs(STRANGER, ["host", "status", ...data], site);
    assert.deepEqual([status.code, status.stderr], [0, ""]);
    assert.match(status.stdout, /serving +port \d+/);
  });

  it("refuses every elevated option of a host to who is in no group, with exit code 5 and without a change", async () => {
    const values: Readonly<Record<string, string>> = {
      "/ipk": site.value("hostKey"),
      "/sprt": "1700",
      "/sai": "30",
      "/sri": "30",
    };
    const elevated = OPTIONS.filter(
      ({ isElevated, side }) => isElevated && (side === "host" || side === "either"),
    ).filter(({ deed }) => deed.kind !== "later" && deed.kind !== "rearm");
    assert.ok(elevated.length >= 9, `${elevated.length}`);
    const before = await slmgrAs(STRANGER, ["/dlv"]);
    for (const { name, operands } of elevated) {
      const needed = operands.some(({ text }) => text.startsWith("<")) ? [values[name] ?? name] : [];
      const { code, stdout, stderr } = await slmgrAs(STRANGER, [name, ...needed]);
      assert.deepEqual([name, code, stdout], [name, 5, ""], stderr);
      assert.match(stderr, /^error: expected an administrator of this service, found somebody else/);
      assert.match(stderr, /hint: run it as root or as a member of countersign-operators/);
    }
    assert.equal(shown(await slmgrAs(STRANGER, ["/dlv"])), shown(before));
  });

  it("does them for a member of the group, and the next who looks sees it", async () => {
    const { code, stdout, stderr } = await slmgrAs(MEMBER, ["/sai", "31"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /set to 31 minutes/);
    assert.equal(await interval(), "31");
  });

  it("shows its events to members and not to everybody: they name machines", async () => {
    const events = ["events", ...data, "--id", "30012", "-o", "short"];
    assert.equal((await runAs(MEMBER, events, site)).code, 0);
    const stranger = await runAs(STRANGER, events, site);
    assert.deepEqual([stranger.code, stranger.stdout], [5, ""]);
  });

  it("is looked at by an account that the system does not know and that has no HOME", async () => {
    const child = spawnSync(process.execPath, [COMMAND, "slmgr", "/xpr", ...data], { ...STRANGER, env: {}, cwd: "/" });
    assert.deepEqual([child.status, child.stderr.toString()], [0, ""]);
  });

  it("that does not run is its owner's alone, and says so", async () => {
    host.signal("SIGTERM");
    await host.exitCode;
    for (const account of [STRANGER, MEMBER]) {
      const { code, stdout, stderr } = await slmgrAs(account, ["/dlv"]);
      assert.deepEqual([code, stdout], [5, ""], stderr);
      assert.match(stderr, /^error: expected an administrator of this service, found somebody else: .*host\.db/);
    }
  });
});
