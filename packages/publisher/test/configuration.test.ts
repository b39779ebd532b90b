import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { RefusalError } from "@countersign/domain";
import fc from "fast-check";
import { effectivePublisherSettings, PUBLISHER_SETTING_NAMES } from "../src/index.ts";
import { checkPublisherConfiguration, readPublisherConfiguration } from "../src/main.ts";
import { readPublisherFile } from "../src/node/configuration-file.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-publisher-config-"));
after(() => rm(directory, { recursive: true, force: true }));

const WHOLE = `
listeningPort: 8690
listenAddress: 127.0.0.1
logLevel: warn
keys:
  passphraseFile: /run/secrets/passphrase
  signer: {command: /usr/lib/countersign/signer, arguments: [--slot, "1"]}
`;

function problems(text: string): readonly string[] {
  const read = readPublisherFile(text);
  if (read.ok) return [];
  return read.problems.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
}

let files = 0;
function fileOf(text: string): string {
  const path = join(directory, `publisher-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

const read = (configFile: string | undefined, env: Record<string, string> = {}) =>
  readPublisherConfiguration({ env, configFile, platform: "linux" });

async function refusalOf(reading: () => Promise<unknown>): Promise<string> {
  try {
    await reading();
    return "read";
  } catch (error) {
    assert.ok(error instanceof RefusalError, String(error));
    return `${error.refusal.reason}: ${error.message}`;
  }
}

describe("publisher.yaml", () => {
  test("says settings and where the keys are", () => {
    const whole = readPublisherFile(WHOLE);
    assert.ok(whole.ok, problems(WHOLE).join("\n"));
    assert.deepEqual(whole.file, {
      settings: { listeningPort: 8690, listenAddress: "127.0.0.1", logLevel: "warn" },
      passphraseFile: "/run/secrets/passphrase",
      signer: {
        ...{ command: "/usr/lib/countersign/signer", arguments: ["--slot", "1"] },
        ...{ environment: {}, timeoutMs: 10_000 },
      },
    });
  });

  test("the example of the how-to is sound, and names every setting there is", () => {
    const page = readFileSync(new URL("../../../docs/how-to/configure-a-publisher.md", import.meta.url), "utf8");
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    assert.deepEqual(problems(example), []);
    for (const name of PUBLISHER_SETTING_NAMES) assert.match(example, new RegExp(`^${name}: `, "m"));
  });

  test("an empty file says nothing and is sound", () => {
    for (const text of ["", "# nothing yet\n", "{}"]) assert.deepEqual(problems(text), [], text);
  });

  test("one value bent is one problem, named with its path, what was expected and what was found", () => {
    const bent: readonly (readonly [change: (text: string) => string, problem: string])[] = [
      [(text) => text.replace("8690", "0"), "listeningPort: expected a port from 1 to 65535, found 0"],
      [(text) => text.replace("warn", "loud"), 'logLevel: expected debug, info, warn, error or silent, found "loud"'],
      [
        (text) => text.replace("listeningPort", "adminPort"),
        "adminPort: expected a name of the configuration, found adminPort",
      ],
      [
        (text) => text.replace("/run/secrets", "secrets"),
        'keys.passphraseFile: expected an absolute path, found "secrets/passphrase"',
      ],
      [
        (text) => text.replace("arguments: [--slot", "arguments: [7"),
        "keys.signer.arguments.0: expected a word, found 7",
      ],
      [
        (text) => text.replace("command: /usr/lib/countersign/signer, ", ""),
        "keys.signer.command: expected an absolute path, found nothing",
      ],
      [(text) => text.replace(/keys:[\s\S]*/, "keys: seven\n"), 'keys: expected names and values, found "seven"'],
      [(text) => `${text}listeningPort: 1\n`, ": expected YAML, found Map keys must be unique in line 8"],
    ];
    for (const [change, problem] of bent) assert.deepEqual(problems(change(WHOLE)), [problem]);
  });

  test("every problem is collected", () => {
    const three = "listeningPort: 0\nlogLevel: loud\nkeys: {signers: 1}\n";
    assert.deepEqual(
      problems(three).map((line) => line.split(":")[0]),
      ["listeningPort", "logLevel", "keys.signers"],
    );
  });

  test("no text makes the reader throw", () => {
    const piece = fc.constantFrom(
      "keys:",
      "listeningPort: ",
      "- ",
      "&a ",
      "*a",
      "{",
      "[",
      "\n",
      "  ",
      "1690",
      "'",
      "!!",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(fc.property(text, (yaml) => assert.equal(typeof readPublisherFile(yaml).ok, "boolean")));
  });
});

describe("what a publisher goes by", () => {
  test("is the option's, then the environment's, then the file's, then the default, and says whose", async () => {
    const path = fileOf(WHOLE.replace(/keys:[\s\S]*/, ""));
    const env = { COUNTERSIGN_PUBLISHER_LISTENING_PORT: "8691" };
    const { settingLayers } = await read(path, env);
    const { values, origins } = effectivePublisherSettings(settingLayers);
    assert.deepEqual(values, { listeningPort: 8691, listenAddress: "127.0.0.1", logLevel: "warn" });
    assert.deepEqual(origins, {
      listeningPort: {
        ...{ source: "environment", place: "the environment variable COUNTERSIGN_PUBLISHER_LISTENING_PORT" },
      },
      listenAddress: { source: "file", place: path },
      logLevel: { source: "file", place: path },
    });
    const option = { source: "flag", place: "", values: { listeningPort: 0 } } as const;
    const given = effectivePublisherSettings([option, ...settingLayers]);
    assert.deepEqual(
      [given.values.listeningPort, given.origins.listeningPort],
      [0, { source: "flag", place: "the option --port" }],
    );
    const none = effectivePublisherSettings([]);
    assert.deepEqual(none.values, { listeningPort: 1690, listenAddress: "0.0.0.0", logLevel: "info" });
    assert.deepEqual(none.origins.logLevel, { source: "default", place: "" });
  });

  test("is not what a host in the same environment goes by", async () => {
    const env = { COUNTERSIGN_LISTENING_PORT: "1688", COUNTERSIGN_CONFIG: "/none/host.yaml" };
    const { settingLayers } = await read(undefined, env);
    assert.equal(effectivePublisherSettings(settingLayers).values.listeningPort, 1690);
  });

  test("a wrong variable is refused, naming it", async () => {
    assert.match(
      await refusalOf(() => read(undefined, { COUNTERSIGN_PUBLISHER_LOG_LEVEL: "loud" })),
      /^CONFIGURATION_INVALID: expected COUNTERSIGN_PUBLISHER_LOG_LEVEL to be debug, .* found loud$/,
    );
  });

  test("a file somebody named must be there; COUNTERSIGN_PUBLISHER_CONFIG names one too", async () => {
    const missing = join(directory, "none.yaml");
    for (const [configFile, env] of [
      [missing, {}],
      [undefined, { COUNTERSIGN_PUBLISHER_CONFIG: missing }],
    ] as const)
      assert.match(await refusalOf(() => read(configFile, env)), /^FILE_UNREADABLE: expected to read .*none\.yaml/);
    const found = await checkPublisherConfiguration({
      ...{ env: { COUNTERSIGN_PUBLISHER_CONFIG: fileOf("logLevel: loud\n") }, configFile: undefined },
      platform: "linux",
    });
    assert.deepEqual(
      found.problems.map(({ path }) => path),
      ["logLevel"],
    );
  });

  test("a publisher does not start on a file with problems: the first is named, and how many more there are", async () => {
    const path = fileOf("listeningPort: 0\nlogLevel: loud\n");
    assert.equal(
      await refusalOf(() => read(path)),
      `CONFIGURATION_INVALID: expected listeningPort to be a port from 1 to 65535, found 0 (and 1 more: countersign publisher config check) in ${path}`,
    );
  });

  test("a passphrase is the environment's, else in the file that is named, without its last line end", async () => {
    const secret = join(directory, "passphrase");
    writeFileSync(secret, "open-sesame\n");
    const path = fileOf(`keys: {passphraseFile: ${secret}}\n`);
    const passphraseBy = async (env: Record<string, string>) => (await read(path, env)).keys.passphrase;
    assert.equal(await passphraseBy({}), "open-sesame");
    assert.equal(await passphraseBy({ COUNTERSIGN_KEY_PASSPHRASE: "other" }), "other");
    assert.match(
      await refusalOf(() => read(fileOf("keys: {passphraseFile: /none/p}\n"))),
      /^FILE_UNREADABLE: .*\/none\/p/,
    );
  });
});
