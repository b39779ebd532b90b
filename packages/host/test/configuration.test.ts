import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { effectiveHostSettings, HOST_SETTING_NAMES, RefusalError } from "@countersign/domain";
import fc from "fast-check";
import { checkHostConfiguration, readHostConfiguration } from "../src/main.ts";
import { readConfiguration } from "../src/node/configuration-file.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-config-"));
after(() => rm(directory, { recursive: true, force: true }));

const WHOLE = `
listeningPort: 1700
listenAddress: 127.0.0.1
activationIntervalMinutes: 30
dnsPublishing: false
logLevel: warn
adminHostNames: [kms.example.com]
limits: {maxBatch: 16, exemptOwnNetworks: false}
tls:
  certificateFile: /etc/countersign/tls.pem
  keyFile: /etc/countersign/tls.key
keys:
  passphraseFile: /run/secrets/passphrase
  signer: {command: /usr/lib/countersign/signer, arguments: [--slot, "1"]}
`;

function problems(text: string): readonly string[] {
  const read = readConfiguration(text);
  return read.ok
    ? []
    : read.problems.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
}

let files = 0;
function fileOf(text: string): string {
  const path = join(directory, `host-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

async function reasonOf(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
    return "read";
  } catch (error) {
    assert.ok(error instanceof RefusalError, String(error));
    return `${error.refusal.reason}: ${error.message}`;
  }
}

describe("host.yaml", () => {
  test("says settings, limits, tls and where the keys are", () => {
    const read = readConfiguration(WHOLE);
    assert.ok(read.ok, problems(WHOLE).join("\n"));
    const { settings, limits, tls, signer, passphraseFile, adminHostNames } = read.file;
    assert.deepEqual(settings, {
      ...{ listeningPort: 1700, listenAddress: "127.0.0.1", activationIntervalMinutes: 30 },
      ...{ dnsPublishing: false, logLevel: "warn" },
    });
    assert.deepEqual(limits, { maxBatch: 16, exemptOwnNetworks: false });
    assert.equal(tls?.keyFile, "/etc/countersign/tls.key");
    assert.deepEqual(signer?.arguments, ["--slot", "1"]);
    assert.equal(signer?.timeoutMs, 10_000);
    assert.equal(passphraseFile, "/run/secrets/passphrase");
    assert.deepEqual(adminHostNames, ["kms.example.com"]);
  });

  test("the example of the how-to is sound, and names every setting there is", () => {
    const page = readFileSync(new URL("../../../docs/how-to/configure-a-host.md", import.meta.url), "utf8");
    const text = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "";
    const read = readConfiguration(text);
    assert.ok(read.ok, problems(text).join("\n"));
    assert.deepEqual(new Set(Object.keys(read.file.settings)), new Set(HOST_SETTING_NAMES));
  });

  test("an empty file says nothing and is sound", () => {
    const read = readConfiguration("# nothing yet\n");
    assert.deepEqual(read.ok && read.file.settings, {});
  });

  test("one value bent is one problem, named with its path, what was expected and what was found", () => {
    const bent: readonly (readonly [string, string, RegExp])[] = [
      ["listeningPort: 1700", "listeningPort: 70000", /^listeningPort: expected a port from 1 to 65535, found 70000$/],
      [
        "activationIntervalMinutes: 30",
        "activationIntervalMinutes: 5",
        /^activationIntervalMinutes: .*15 to 43200, found 5$/,
      ],
      ["dnsPublishing: false", "dnsPublishing: perhaps", /^dnsPublishing: expected on or off, found "perhaps"$/],
      ["logLevel: warn", "logLevel: loud", /^logLevel: expected debug, info, warn, error or silent, found "loud"$/],
      ["logLevel: warn", "loglevel: warn", /^loglevel: expected a name of the configuration, found loglevel$/],
      ["maxBatch: 16", "maxBatch: 0", /^limits\.maxBatch: expected a whole number from 1 to .*, found 0$/],
      ["maxBatch: 16", "maxBatches: 16", /^limits\.maxBatches: expected a name of limits, found maxBatches$/],
      [
        "keyFile: /etc",
        "keyFile: etc",
        /^tls\.keyFile: expected an absolute path, found "etc\/countersign\/tls\.key"$/,
      ],
      ["  keyFile: /etc/countersign/tls.key\n", "", /^tls\.keyFile: expected an absolute path, found nothing$/],
      ["command: /usr", "command: usr", /^keys\.signer\.command: expected an absolute path/],
      ["[kms.example.com]", "kms.example.com", /^adminHostNames: expected a list of words, found "kms\.example\.com"$/],
    ];
    for (const [from, to, said] of bent) {
      assert.ok(WHOLE.includes(from), from);
      const found = problems(WHOLE.replace(from, to));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", said);
    }
  });

  test("every problem is collected", () => {
    const text = WHOLE.replace("1700", "0").replace("warn", "loud").replace("maxBatch: 16", "maxBatch: x");
    assert.equal(problems(text).length, 3);
  });

  test("what is no YAML, or no list of names, is a problem of the file with its line", () => {
    assert.match(problems("listeningPort: [1\nlogLevel: warn")[0] ?? "", /^: expected YAML, found .* in line 2$/);
    assert.match(problems("listeningPort: 1\nlisteningPort: 2")[0] ?? "", /expected YAML, found .*unique.* in line 2/);
    assert.match(problems("- 1\n- 2")[0] ?? "", /^: expected names and values, found \[1,2\]$/);
    assert.equal(problems("x".repeat(300_000)).length, 1);
  });

  test("aliases that multiply are refused, not followed", () => {
    const bomb = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef"])
      bomb.push(`${to}: &${to} [${`*${from},`.repeat(9)}*${from}]`);
    assert.ok(problems(bomb.join("\n")).length > 0);
  });

  test("no text makes the reader throw", () => {
    const fragments = fc.constantFrom(
      "listeningPort",
      ":",
      " ",
      "\n",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&a",
      "*a",
      "!!int",
      "1",
      "|",
      "?",
      '"',
      "%",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(fragments).map((parts) => parts.join("")),
        ),
        (text) => {
          assert.equal(typeof readConfiguration(text).ok, "boolean");
        },
      ),
    );
  });
});

describe("where a host's configuration comes from", () => {
  const from = (env: Record<string, string>, configFile?: string) => ({ env, configFile, platform: "linux" });

  test("the environment goes before the file, and each setting names its source", async () => {
    const path = fileOf("listeningPort: 1700\nadminPort: 1701\n");
    const { configuration } = await readHostConfiguration(from({ COUNTERSIGN_LISTENING_PORT: "1800" }, path));
    const { values, origins } = effectiveHostSettings(configuration.settingLayers ?? []);
    assert.deepEqual([values.listeningPort, values.adminPort], [1800, 1701]);
    assert.equal(origins.listeningPort.place, "the environment variable COUNTERSIGN_LISTENING_PORT");
    assert.deepEqual(origins.adminPort, { source: "file", place: path });
  });

  test("a wrong variable is refused, naming it", async () => {
    const found = await reasonOf(() => readHostConfiguration(from({ COUNTERSIGN_LOG_LEVEL: "loud" })));
    assert.match(found, /^CONFIGURATION_INVALID: expected COUNTERSIGN_LOG_LEVEL to be debug, .*, found loud$/);
  });

  test("a file somebody named must be there; COUNTERSIGN_CONFIG names one too", async () => {
    const missing = join(directory, "none.yaml");
    assert.match(
      await reasonOf(() => readHostConfiguration(from({}, missing))),
      /^FILE_UNREADABLE: .*none\.yaml.*ENOENT$/,
    );
    assert.match(
      await reasonOf(() => readHostConfiguration(from({ COUNTERSIGN_CONFIG: missing }))),
      /^FILE_UNREADABLE/,
    );
  });

  test("a host does not start on a file with problems: the first is named, and how many more there are", async () => {
    const path = fileOf("listeningPort: 0\nadminPort: 0\nlogLevel: loud\n");
    const found = await reasonOf(() => readHostConfiguration(from({}, path)));
    assert.match(
      found,
      /^CONFIGURATION_INVALID: expected listeningPort to be a port .*, found 0 \(and 2 more: .*check\) in /,
    );
    assert.equal((await checkHostConfiguration(from({}, path))).problems.length, 3);
  });

  test("a passphrase is in its variable or in a file, never in both; the file's last line end is no part of it", async () => {
    const secret = fileOf("open sesame\n");
    const passphrase = async (env: Record<string, string>, text = "") =>
      (await readHostConfiguration(from(env, fileOf(text)))).configuration.passphrase;
    assert.equal(await passphrase({ COUNTERSIGN_KEY_PASSPHRASE: "one" }), "one");
    assert.equal(await passphrase({ COUNTERSIGN_KEY_PASSPHRASE_FILE: secret }), "open sesame");
    assert.equal(await passphrase({}, `keys: {passphraseFile: ${secret}}`), "open sesame");
    assert.equal(await passphrase({ COUNTERSIGN_KEY_PASSPHRASE: "one" }, `keys: {passphraseFile: ${secret}}`), "one");
    assert.equal(await passphrase({}), undefined);
    const both = { COUNTERSIGN_KEY_PASSPHRASE: "one", COUNTERSIGN_KEY_PASSPHRASE_FILE: secret };
    assert.match(await reasonOf(() => passphrase(both)), /^CONFIGURATION_INVALID: .*found both of them$/);
    assert.match(
      await reasonOf(() => passphrase({ COUNTERSIGN_KEY_PASSPHRASE_FILE: fileOf("\n") })),
      /found an empty file/,
    );
  });
});
