import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HOST_SETTINGS } from "@countersign/domain";
import fc from "fast-check";
import { nearestWord } from "../src/slmgr/nearest-word.ts";
import { OPTION_GROUPS } from "../src/slmgr/option-row.ts";
import { OPTIONS } from "../src/slmgr/options.ts";
import { parseSlmgr } from "../src/slmgr/parse.ts";
import { slmgrHelp } from "../src/slmgr/slmgr-help.ts";
import { countersign, temporaryDirectory } from "./command.ts";

/** kms-behaviour.md §4.2 to §4.6, and /copy of behaviour.md §3. */
const KNOWN_TO_ADMINISTRATORS = `/ipk /ato /dli /dlv /xpr /upk /cpky /ilc /rilc /rearm /rearm-app /rearm-sku /dti /atp
  /skms /ckms /skms-domain /ckms-domain /skhc /ckhc /act-type /sprt /sai /sri /sdns /cdns /spri /cpri /copy
  /lil /ril /ltc /fta /stao /ctao
  /ad-activation-online /ad-activation-get-iid /ad-activation-apply-cid /ao-list /del-ao`.split(/\s+/);

const ID = "0f5c1e5e-8f4f-4c6b-9d57-6c8e6f3a1c11";

function nameOf(words: readonly string[]): string {
  const parsed = parseSlmgr(words);
  return parsed.kind === "run" ? parsed.option.name : parsed.kind;
}

describe("the table of options", () => {
  test("has every option administrators know, once, and no other", () => {
    assert.deepEqual(OPTIONS.map(({ name }) => name).sort(), [...KNOWN_TO_ADMINISTRATORS].sort());
  });

  test("what changes something is elevated, what looks is not", () => {
    for (const { name, isElevated, deed } of OPTIONS) {
      const changes = ["install key", "remove key", "rearm", "set host", "set client"].includes(deed.kind);
      assert.equal(isElevated, changes || name === "/atp", name);
    }
  });

  test("a host's option sets a setting that names it, and the other way round", () => {
    const set = OPTIONS.flatMap(({ name, deed }) => (deed.kind === "set host" ? [`${deed.setting} ${name}`] : []));
    const named = Object.entries(HOST_SETTINGS).flatMap(([setting, { slmgr }]) =>
      slmgr.map((name) => `${setting} ${name}`),
    );
    assert.deepEqual(set.sort(), named.sort());
  });

  test("every option that is done says so in a sentence, or shows what it found", () => {
    for (const { name, deed, success } of OPTIONS) {
      const saysItself = ["show", "install key", "remove key", "activate", "copy", "later", "not applicable"].includes(
        deed.kind,
      );
      assert.equal(success === "", saysItself, name);
    }
  });
});

describe("the help", () => {
  test("is in the groups administrators know, names every option and fits 80 columns", () => {
    const help = slmgrHelp();
    const at = OPTION_GROUPS.map((group) => help.indexOf(`\n${group}:\n`));
    assert.deepEqual(
      at,
      at.toSorted((a, b) => a - b),
    );
    assert.ok(at.every((place) => place > 0));
    for (const { name } of OPTIONS) assert.match(help, new RegExp(`^ {2}${name}( |$)`, "m"));
    assert.deepEqual(
      help.split("\n").filter((line) => line.length > 80),
      [],
    );
  });

  test("comes alone, and for whoever asks for it", () => {
    for (const words of [[], ["/?"], ["-h"], ["--help"], ["kms", "/HELP"]]) assert.equal(nameOf(words), "help");
  });
});

describe("a command line", () => {
  test("takes / and -, in any case, and flags anywhere", () => {
    for (const words of [
      ["/dlv"],
      ["-dlv"],
      ["/DLV"],
      ["-DlV", "All"],
      ["-o", "json", "/dlv"],
      ["/dlv", ID, "--data", "d"],
    ])
      assert.equal(nameOf(words), "/dlv", words.join(" "));
    const parsed = parseSlmgr(["kms:1700", "/ipk", "KEY", "--as-host", "-o", "json", "--token-file", "t"]);
    assert.ok(parsed.kind === "run");
    assert.deepEqual([parsed.target, parsed.operands, parsed.flags.asHost], ["kms:1700", ["KEY"], true]);
    assert.deepEqual([parsed.flags.output, parsed.flags.tokenFile], ["json", "t"]);
  });

  test("with one thing bent is refused, saying what was expected", () => {
    const bent: readonly (readonly [string, RegExp])[] = [
      ["dlv", /an option of slmgr, such as \/dlv/],
      ["/dlvv", /an option of slmgr/],
      ["kms user /dlv", /at most a machine's name/],
      ["kms user password /dlv", /at most a machine's name/],
      ["/sai", /\/sai <minutes>/],
      ["/sai 30 40", /\/sai <minutes>/],
      ["/sai x", /\/sai with a whole number of minutes from 15 to 43200/],
      ["/sprt 0", /\/sprt with a port from 1 to 65535/],
      ["/dlv nonsense", /\/dlv with an id/],
      ["/xpr All", /\/xpr with an id/],
      ["/dlv --data", /a value for --data/],
      ["/rearm-sku", /\/rearm-sku <ID>/],
    ];
    for (const [line, expected] of bent) {
      const parsed = parseSlmgr(line.split(" "));
      assert.ok(parsed.kind === "usage", line);
      assert.match(parsed.mistake.expected, expected);
      assert.ok(parsed.mistake.hints.length > 0);
    }
  });

  test("no words make the parser throw", () => {
    const words = fc.array(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("/sai", "-o", "--data", "/dlv", "kms", ID)),
    );
    fc.assert(fc.property(words, (line) => assert.ok(["help", "run", "usage"].includes(parseSlmgr(line).kind))));
  });

  test("a slip of the fingers is guessed, a guess out of nothing is not made", () => {
    const names = OPTIONS.map(({ name }) => name);
    for (const [found, meant] of [
      ["/dvl", "/dlv"],
      ["/ipkk", "/ipk"],
      ["/at", "/ato"],
      ["/skms-domian", "/skms-domain"],
    ] as const)
      assert.equal(nearestWord(found, names), meant);
    for (const found of ["/foo", "/x", "/something"]) assert.equal(nearestWord(found, names), undefined, found);
  });
});

describe("something else on the host's socket", () => {
  for (const [what, answer] of [
    ["no HTTP", "hello\n"],
    ["HTML", "HTTP/1.0 200 OK\r\n\r\n<html>"],
    ["an error without a reason", 'HTTP/1.0 500 x\r\n\r\n{"code":"internal"}'],
    ["nothing", ""],
  ] as const) {
    test(`that answers ${what} is a named refusal, not a crash`, async () => {
      const home = temporaryDirectory();
      const directory = join(home, "site");
      mkdirSync(directory);
      writeFileSync(join(directory, "host.db"), "");
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(answer));
      }).listen(join(directory, "admin.sock"));
      await once(server, "listening");
      const { code, stdout, stderr } = await countersign(["slmgr", "/dlv", "--data", directory], { home });
      server.close();
      assert.deepEqual(
        [stdout, /^error: expected (a Countersign host|the host service)/.test(stderr)],
        ["", true],
        stderr,
      );
      assert.equal(code, 4);
    });
  }
});

/** The files that loading these loads, and the packages they name. Doors of ours in `doors` are gone through. */
function loadedBy(paths: readonly string[], doors: Readonly<Record<string, string>> = {}) {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const queue = paths.map((path) => new URL(path, import.meta.url));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file.href)) continue;
    seen.add(file.href);
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm,
    )) {
      const door = doors[target];
      if (door !== undefined) queue.push(new URL(door, import.meta.url));
      else if (target.startsWith(".")) queue.push(new URL(target, file));
      else packages.add(target);
    }
  }
  return { files: seen, packages };
}

describe("what slmgr loads before it asks", () => {
  const LIGHT = [
    "@countersign/domain",
    "node:child_process",
    "node:events",
    "node:fs",
    "node:fs/promises",
    "node:module",
    "node:net",
    "node:os",
    "node:path",
    "node:url",
  ];
  const OWN = ["../src/main.ts", "../src/slmgr/slmgr.ts"];

  test("a running host is domain and what Node has at hand: no command line library, no protobuf, no HTTP of Node's", () => {
    const { files, packages } = loadedBy(OWN);
    assert.ok(files.size > 15, `${files.size} files`);
    assert.deepEqual(
      [...packages].filter((name) => !LIGHT.includes(name)),
      [],
    );
  });

  test("the machine's agent is no more than that", () => {
    const doors = { "@countersign/client/agent": "../../client/src/node/agent-door.ts" };
    const { files, packages } = loadedBy([...OWN, "../src/slmgr/agent-side.ts"], doors);
    assert.ok([...files].some((file) => file.endsWith("/agent-connection.ts")));
    assert.deepEqual(
      [...packages].filter((name) => !LIGHT.includes(name)),
      [],
    );
  });
});
