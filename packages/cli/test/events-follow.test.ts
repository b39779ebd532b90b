// The log of a real host and a real client while it grows: nothing here waits for a time, only for what is printed.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { countersign } from "./command.ts";
import { prepareSite, serveHost, start } from "./running-site.ts";
import { onTerminal, withoutTerminal } from "./terminal.ts";

const CTRL_C = "\u0003";
const RED = "\u001b[31m";

// Not in a hook: what a hook leaves to be removed is removed at its own end.
const site = await prepareSite();
await serveHost(site);
const activate = () => countersign(["client", "activate", "--data", "pc", "-o", "short"], { home: site.home });
const requests = (text: string) =>
  text.split("\n").flatMap((line) => (line.includes('"id":12290') ? [JSON.parse(line)] : []));

describe("events --follow beside a host", () => {
  it("prints what is there, then every request as it is committed, once, and ends with 130 when it is interrupted", async () => {
    assert.equal((await activate()).code, 0);
    const follower = start(["events", "--data", "site", "--follow", "--limit", "1", "-o", "jsonl"], site.home);
    await follower.until(/\n/);
    const already = requests(follower.stdout()).length;
    for (const count of [1, 2, 3]) {
      assert.equal((await activate()).stdout, "licensed\n");
      await follower.until(/"id":12290/, already + count);
    }
    follower.signal("SIGINT");
    assert.equal(await follower.exitCode, 130);
    assert.equal(follower.stderr(), "");
    const followed = requests(follower.stdout()).slice(already);
    const { stdout } = await countersign(
      ["events", "--data", "site", "--id", "12290", "--limit", "3", "-o", "json"],
      site,
    );
    const listed = JSON.parse(stdout).events.reverse();
    assert.deepEqual(followed, listed);
    assert.equal(new Set(followed.map(({ requestId }) => requestId)).size, 3);
  });

  it("prints nothing that a filter leaves out", async () => {
    const words = ["events", "--data", "site", "--follow", "--limit", "1", "-o", "jsonl", "--id", "12290"];
    const [requestsAlone, settings] = [start(words, site.home), start([...words.slice(0, -1), "30012"], site.home)];
    await requestsAlone.until(/"id":12290/);
    assert.equal((await countersign(["slmgr", "/sai", "30", "--data", "site"], site)).code, 0);
    await activate();
    await Promise.all([requestsAlone.until(/"id":12290/, 2), settings.until(/"id":30012/, 1)]);
    for (const one of [requestsAlone, settings]) one.signal("SIGINT");
    await Promise.all([requestsAlone.exitCode, settings.exitCode]);
    assert.doesNotMatch(requestsAlone.stdout(), /"id":30012/);
    assert.doesNotMatch(settings.stdout(), /"id":12290/);
  });

  it("follows a host elsewhere with a token, and ends with 5 when the token is taken back", async () => {
    const added = await countersign(
      ["host", "admin", "add", "mona", "--data", "site", "--role", "viewer", "-o", "short"],
      site,
    );
    writeFileSync(join(site.home, "mona.token"), added.stdout);
    const there = ["--host", `127.0.0.1:${site.value("healthPort")}`, "--token-file", "mona.token"];
    const follower = start(["events", ...there, "--follow", "--limit", "1", "-o", "jsonl", "--id", "12290"], site.home);
    await follower.until(/"id":12290/);
    await activate();
    await follower.until(/"id":12290/, 2);
    assert.equal((await countersign(["host", "admin", "revoke", "mona", "--data", "site"], site)).code, 0);
    assert.equal(await follower.exitCode, 5);
    assert.match(follower.stderr(), /^error: expected an administrator of this service, found somebody else: /);
  });

  for (const { who, token, says } of [
    { who: "nobody", token: "", says: "no token in --token-file or on stdin" },
    {
      who: "somebody with a token of no administrator",
      token: "csadm_0000",
      says: "a token that is unknown, revoked or past its end",
    },
  ]) {
    it(`shows ${who} nothing of a host elsewhere`, async () => {
      const options = { home: site.home, input: token };
      await countersign(["host", "admin", "add", "otto", "--data", "site", "--role", "operator"], options);
      for (const more of [[], ["--follow"], ["show", "1"]]) {
        const words = ["events", ...more, "--host", `127.0.0.1:${site.value("healthPort")}`];
        const { code, stdout, stderr } = await countersign(words, options);
        assert.deepEqual([code, stdout], [5, ""], stderr);
        assert.match(stderr, new RegExp(says));
      }
    });
  }

  it("is for tables and JSON lines alone", async () => {
    for (const more of [["-o", "json"], ["-o", "csv"], ["--xml"]]) {
      const { code, stdout, stderr } = await countersign(["events", "--data", "site", "--follow", ...more], site);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^error: expected --follow with -o table or jsonl, found /);
    }
  });
});

describe("events --follow on a terminal", { skip: withoutTerminal }, () => {
  for (const { title, env, isColoured } of [
    { title: "has errors in red", env: {}, isColoured: true },
    { title: "has no colour with NO_COLOR", env: { NO_COLOR: "1" }, isColoured: false },
  ]) {
    it(`${title}, and ends with 130 at Ctrl-C`, async () => {
      rmSync(join(site.home, "alone"), { recursive: true, force: true });
      const nobody = `127.0.0.1:${site.value("nobodysPort")}`;
      const words = [
        "client",
        "init",
        "--data",
        "alone",
        "--trust",
        "example.cstrust",
        "--product",
        "Editor",
        "--host",
        nobody,
      ];
      assert.equal((await countersign(words, site)).code, 0);
      const fail = () => countersign(["client", "activate", "--data", "alone"], site);
      assert.equal((await fail()).code, 4);
      const viewer = onTerminal(
        ["events", "--data", "alone", "--follow", "--limit", "1", "--id", "8198"],
        site.home,
        env,
      );
      const line = isColoured ? `${RED} ` : "8198";
      await viewer.until(line);
      const before = viewer.screen().split("8198").length;
      await fail();
      await viewer.until("8198", before);
      viewer.type(CTRL_C);
      assert.equal(await viewer.exitCode, 130);
      assert.equal(viewer.screen().includes("\u001b["), isColoured);
      assert.match(viewer.screen(), /8198 +error +\S+ +activation attempt failed: /);
    });
  }
});
