import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type ClientSettings,
  changeSetting,
  DEFAULT_SETTINGS,
  EMPTY_SETTINGS_FILE,
  effectiveSettings,
  readSettingsFile,
  type SettingLayers,
  type SettingsFile,
  writeSettingsFile,
} from "../src/index.ts";

const PUBLISHER = "0123456789abcdef0123456789abcdef";
const host = (name: string, port = 1688) => ({ host: { host: name, port } });
const file = (machine: Partial<ClientSettings>, ofPublisher?: Partial<ClientSettings>): SettingsFile => ({
  machine,
  publishers: ofPublisher === undefined ? {} : { [PUBLISHER]: ofPublisher },
});
const managed = (values: Partial<ClientSettings>) => ({ file: file(values), place: "/etc/countersign/managed.json" });
const stored = (values: SettingsFile) => ({ file: values, place: "settings.json" });

/** Changes one setting of a stored file under what lies above it. */
function change(name: string, value: unknown, layers: SettingLayers = {}, before = EMPTY_SETTINGS_FILE) {
  const whole = { ...layers, stored: stored(before) };
  return changeSetting(before, { name, value, publisherId: undefined }, effectiveSettings(whole, PUBLISHER));
}

describe("the setting in force", () => {
  it("is the option's, else the managed one, else the one set here, else the default; each with its source", () => {
    const layers = {
      flags: { values: host("flag"), place: "--host" },
      managed: managed({ ...host("managed"), hostCaching: false }),
      stored: stored(file({ ...host("set"), hostCaching: true, lookupDomain: "example.com" })),
    };
    const { values, origins } = effectiveSettings(layers, PUBLISHER);
    assert.deepEqual(values, { ...DEFAULT_SETTINGS, ...host("flag"), hostCaching: false, lookupDomain: "example.com" });
    assert.deepEqual(origins, {
      host: { source: "flag", place: "--host" },
      hostCaching: { source: "managed", place: "/etc/countersign/managed.json" },
      lookupDomain: { source: "setting", place: "settings.json" },
      dnsServers: { source: "default", place: "" },
      keepPort: { source: "default", place: "" },
      clientNames: { source: "default", place: "" },
    });
  });

  it("of one publisher goes before the machine's within a file, not before a higher file", () => {
    const own = stored(file(host("machine"), host("publisher")));
    assert.equal(effectiveSettings({ stored: own }, PUBLISHER).values.host?.host, "publisher");
    assert.equal(effectiveSettings({ stored: own }, "f".repeat(32)).values.host?.host, "machine");
    const above = { managed: managed(host("managed")), stored: own };
    assert.equal(effectiveSettings(above, PUBLISHER).values.host?.host, "managed");
  });

  it("may be managed to be none: an empty host above hides the one below", () => {
    const layers = { managed: managed({ host: undefined }), stored: stored(file(host("set"))) };
    assert.equal(effectiveSettings(layers, PUBLISHER).values.host, undefined);
    assert.equal(effectiveSettings(layers, PUBLISHER).origins.host.source, "managed");
  });
});

describe("the host setting", () => {
  const forms: readonly (readonly [string, string, number])[] = [
    ["kms", "kms", 1688],
    ["kms:1700", "kms", 1700],
    ["192.0.2.4", "192.0.2.4", 1688],
    ["192.0.2.4:1700", "192.0.2.4", 1700],
    ["[2001:db8::1]:1700", "2001:db8::1", 1700],
    ["[2001:db8::1]", "2001:db8::1", 1688],
  ];
  for (const [typed, name, port] of forms) {
    it(`takes ${typed}`, () => {
      const changed = change("host", typed);
      assert.deepEqual(changed.ok && changed.file.machine.host, { host: name, port });
    });
  }

  it("as :port changes only the port, and is refused where no host is set", () => {
    const before = file(host("kms", 1700));
    const changed = change("host", ":1701", {}, before);
    assert.deepEqual(changed.ok && changed.file.machine.host, { host: "kms", port: 1701 });
    const refused = change("host", ":1701");
    assert.equal(refused.ok ? "" : refused.refusal.reason, "USAGE_INVALID");
  });

  for (const typed of ["2001:db8::1:1688", "kms:http", "kms:0", "kms:65536", "k ms", 7, null]) {
    it(`refuses ${JSON.stringify(typed)}`, () => {
      const refused = change("host", typed);
      assert.equal(refused.ok ? "" : refused.refusal.reason, "USAGE_INVALID");
    });
  }

  it("is cleared by leaving it out, and what lies below decides again", () => {
    const changed = change("host", undefined, {}, file(host("kms")));
    assert.deepEqual(changed, { ok: true, file: EMPTY_SETTINGS_FILE });
  });
});

describe("a pinned setting", () => {
  it("is not changed: SETTING_PINNED names the file that pins it", () => {
    const refused = change("host", "kms", { managed: managed(host("other")) });
    assert.equal(refused.ok ? "" : refused.refusal.reason, "SETTING_PINNED");
    assert.match(refused.ok ? "" : refused.refusal.message, /host pinned by \/etc\/countersign\/managed\.json/);
    const cleared = change("host", undefined, { managed: managed(host("other")) });
    assert.equal(cleared.ok ? "" : cleared.refusal.reason, "SETTING_PINNED");
  });

  it("by an option names the option, and another setting can be changed all the same", () => {
    const layers = { flags: { values: host("flag"), place: "--host" } };
    const refused = change("host", "kms", layers);
    assert.match(refused.ok ? "" : refused.refusal.message, /pinned by --host/);
    assert.ok(change("hostCaching", false, layers).ok);
  });
});

describe("a settings file", () => {
  const values: fc.Arbitrary<Partial<ClientSettings>> = fc.record(
    {
      host: fc.constantFrom(undefined, { host: "kms.example", port: 1700 }, { host: "2001:db8::1", port: 1688 }),
      lookupDomain: fc.constantFrom("", "example.com", "a-b.example"),
      hostCaching: fc.boolean(),
      keepPort: fc.boolean(),
      clientNames: fc.constantFrom("on", "hash", "off"),
    },
    { requiredKeys: [], noNullPrototype: true },
  );

  it("is read as it was written", () => {
    fc.assert(
      fc.property(values, fc.option(values, { nil: undefined }), (machine, ofPublisher) => {
        const written = file(machine, ofPublisher);
        const read = readSettingsFile(writeSettingsFile(written), "settings.json");
        const isEmpty = ofPublisher !== undefined && Object.keys(ofPublisher).length === 0;
        assert.deepEqual(read, { ok: true, file: isEmpty ? file(machine) : written });
      }),
    );
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ["no JSON", "{", /expected one JSON object/],
    ["a list", "[]", /expected one JSON object/],
    ["another format", '{"format":2}', /expected "format": 1, found 2/],
    ["a misspelt name", '{"format":1,"hosts":"a"}', /expected one of host, .*found "hosts"/],
    ["a value of another kind", '{"format":1,"hostCaching":"no"}', /hostCaching to be true or false, found "no"/],
    ["a domain of two dots", '{"format":1,"lookupDomain":"a..b"}', /lookupDomain to be a domain name/],
    ["publishers that are no object", '{"format":1,"publishers":1}', /"publishers" to be an object/],
    ["a publisher that is no id", '{"format":1,"publishers":{"x":{}}}', /32 lower-case hexadecimal digits/],
  ];
  for (const [what, text, message] of wrong) {
    it(`with ${what} is refused and the file named`, () => {
      const read = readSettingsFile(text, "/etc/countersign/managed.json");
      assert.equal(read.ok ? "" : read.refusal.reason, "CONFIGURATION_INVALID");
      assert.match(read.ok ? "" : read.refusal.message, message);
      assert.match(read.ok ? "" : read.refusal.message, /managed\.json/);
    });
  }

  it("of any bytes at all is read or refused, never a crash", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = readSettingsFile(text, "settings.json");
        assert.ok(read.ok || read.refusal.reason === "CONFIGURATION_INVALID");
      }),
    );
  });
});
