import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  changeHostSetting,
  effectiveHostSettings,
  environmentNameOf,
  HOST_SETTING_NAMES,
  HOST_SETTING_SOURCES,
  HOST_SETTINGS,
  type HostSettingLayer,
  hostSettingText,
  isStoredHostSetting,
} from "../src/index.ts";

const layer = (source: HostSettingLayer["source"], values: HostSettingLayer["values"], place = "") =>
  ({ source, place, values }) satisfies HostSettingLayer;

describe("where a value comes from", () => {
  test("a host that nobody configured goes by the defaults, and by the policies for its intervals", () => {
    const { values, origins } = effectiveHostSettings([]);
    assert.equal(values.listeningPort, 1688);
    assert.equal(values.adminPort, 1689);
    assert.equal(values.activationIntervalMinutes, undefined);
    assert.equal(values.dnsPublishing, true);
    assert.equal(values.lowPriority, false);
    assert.deepEqual(new Set(Object.values(origins).map(({ source }) => source)), new Set(["default"]));
  });

  test("flag goes before environment, environment before the store, the store before the file, the file before the default", () => {
    const all = HOST_SETTING_SOURCES.map((source, i) => layer(source, { listeningPort: 2000 + i }));
    for (let first = 0; first < all.length; first++) {
      const { values, origins } = effectiveHostSettings(all.slice(first).toReversed());
      assert.equal(values.listeningPort, 2000 + first);
      assert.equal(origins.listeningPort.source, HOST_SETTING_SOURCES[first]);
    }
  });

  test("a source decides only what it names", () => {
    const { values, origins } = effectiveHostSettings([
      layer("flag", { adminPort: 0 }),
      layer("file", { listeningPort: 1700, logLevel: "warn" }, "/etc/countersign/host.yaml"),
    ]);
    assert.deepEqual([values.adminPort, values.listeningPort, values.logLevel], [0, 1700, "warn"]);
    assert.deepEqual(origins.listeningPort, { source: "file", place: "/etc/countersign/host.yaml" });
    assert.equal(origins.listenAddress.source, "default");
  });
});

describe("changing what the store keeps", () => {
  const none = effectiveHostSettings([]);

  test("an interval is taken from 15 to 43200 minutes and refused outside, with the range in the message", () => {
    for (const minutes of ["15", "30", "43200"]) {
      const change = changeHostSetting(none, "activationIntervalMinutes", minutes);
      assert.deepEqual(change.ok && change.values, { activationIntervalMinutes: Number(minutes) });
    }
    for (const found of ["14", "43201", "0", "-1", "30.5", "30m", "", " 30", "1e3", "0x1e", "99999999999999"]) {
      const change = changeHostSetting(none, "renewalIntervalMinutes", found);
      assert.ok(!change.ok, found);
      assert.equal(change.refusal.reason, "USAGE_INVALID");
      assert.match(change.refusal.message, /renewalIntervalMinutes to be a whole number of minutes from 15 to 43200/);
    }
  });

  test("a port is 1 to 65535", () => {
    assert.ok(changeHostSetting(none, "listeningPort", "65535").ok);
    for (const found of ["0", "65536", "http"]) assert.ok(!changeHostSetting(none, "listeningPort", found).ok, found);
  });

  test("one that option or environment pins is refused, naming the place; the file pins nothing", () => {
    const place = (source: HostSettingLayer["source"]) => {
      const change = changeHostSetting(
        effectiveHostSettings([layer(source, { listeningPort: 1700 }, "host.yaml")]),
        "listeningPort",
        "1701",
      );
      return change.ok ? "taken" : `${change.refusal.reason}: ${change.refusal.message}`;
    };
    assert.match(place("flag"), /^SETTING_PINNED: .*listeningPort pinned by the option --port$/);
    assert.match(place("environment"), /^SETTING_PINNED: .* by the environment variable COUNTERSIGN_LISTENING_PORT$/);
    assert.equal(place("store"), "taken");
    assert.equal(place("file"), "taken");
  });

  test("what no slmgr option sets is not changed on a running host", () => {
    for (const name of HOST_SETTING_NAMES.filter((one) => !isStoredHostSetting(one))) {
      const change = changeHostSetting(none, name, "127.0.0.1");
      assert.equal(change.ok, false, name);
    }
  });

  test("taking a setting back names no value", () => {
    const change = changeHostSetting(none, "activationIntervalMinutes", undefined);
    assert.deepEqual(change.ok && change.values, {});
  });
});

describe("the table", () => {
  test("every default is read back from its own text, so that what is shown can be written", () => {
    for (const name of HOST_SETTING_NAMES) {
      const { fallback, fallbackText, read } = HOST_SETTINGS[name];
      if (fallbackText === undefined)
        assert.deepEqual(read(hostSettingText(name, fallback)), { value: fallback }, name);
    }
  });

  test("two settings never share an option or a variable", () => {
    const flags = HOST_SETTING_NAMES.map((name) => HOST_SETTINGS[name].flag).filter((flag) => flag !== "");
    const options = HOST_SETTING_NAMES.flatMap((name) => HOST_SETTINGS[name].slmgr);
    const variables = HOST_SETTING_NAMES.map(environmentNameOf);
    for (const words of [flags, options, variables]) assert.equal(new Set(words).size, words.length);
  });

  test("no reader takes what it does not know, or throws", () => {
    const anything = fc.anything();
    fc.assert(
      fc.property(anything, (found) => {
        for (const name of HOST_SETTING_NAMES) {
          const reading = HOST_SETTINGS[name].read(found);
          if (reading !== undefined) assert.notEqual(reading.value, undefined);
        }
      }),
    );
  });
});
