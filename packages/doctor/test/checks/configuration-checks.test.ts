import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SettingsFacts } from "../../src/facts/machine-facts.ts";
import {
  HOST_AT,
  healthyClient,
  healthyFacts,
  healthyHost,
  healthyNetwork,
  healthyProduct,
  healthyTarget,
  withClient,
  withHost,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, resultOf, says } from "./finds.ts";

const GONE = [{ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" }] as const;
const silent = {
  ...healthyTarget(),
  resolution: { kind: "addresses", endpoints: [{ address: "192.0.2.10", answers: GONE }], notProbed: 0 },
} as const;
const hostSetting = (name: string, value: string, source = "store", place = ""): SettingsFacts => ({
  ...healthyHost().settings,
  [name]: { value, source, place },
});

describe("CS-CFG-001: the configuration has no mistake", () => {
  const configuration = {
    path: "/etc/countersign/host.yaml",
    problems: ["lisenPort: expected a name it knows, found lisenPort"],
  };

  it("a mistake is an error while the host runs on, and fatal once it stands still", () => {
    says(finds("CS-CFG-001", withHost({ configuration }), "CONFIGURATION_INVALID"), "error", {
      remedy: /^countersign host config check --config \/etc\/countersign\/host\.yaml$/,
      evidence: /lisenPort/,
    });
    says(finds("CS-CFG-001", withHost({ configuration, isRunning: false }), "CONFIGURATION_INVALID"), "fatal", {});
  });

  it("of very many mistakes twenty are shown", () => {
    const problems = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const finding = finds(
      "CS-CFG-001",
      withHost({ configuration: { path: "h.yaml", problems } }),
      "CONFIGURATION_INVALID",
    );
    assert.equal(finding.evidence.length, 20);
  });
});

describe("CS-CFG-002: the client's settings can be read", () => {
  it("a file that cannot be read is an error; the remedy sets it aside", () => {
    const settingsProblems = ['expected one JSON object, found "{" in /var/lib/countersign/client/settings.json'];
    says(finds("CS-CFG-002", withClient({ settingsProblems }), "CLIENT_SETTINGS_INVALID"), "error", {
      remedy: /^mv (\/var\/lib\/countersign\/client\/settings\.json) \1\.bad$/,
      evidence: /expected one JSON object/,
    });
  });

  it("a problem that names no file is taken for that of the machine's own", () => {
    says(
      finds("CS-CFG-002", withClient({ settingsProblems: ["no right to read it"] }), "CLIENT_SETTINGS_INVALID"),
      "error",
      {
        remedy: /client\/settings\.json\.bad$/,
      },
    );
  });

  it("each damaged file is a finding of its own", () => {
    finds(
      "CS-CFG-002",
      withClient({ settingsProblems: ["a in /x/settings.json", "b in /x/managed.json"] }),
      "CLIENT_SETTINGS_INVALID",
      "CLIENT_SETTINGS_INVALID",
    );
  });
});

describe("CS-CFG-003: a fixed host and a look-up domain are not both set", () => {
  const both = { fixedHost: HOST_AT, lookupDomain: "other.example" };

  it("either alone is good", () => {
    isGood("CS-CFG-003", withClient({ fixedHost: HOST_AT }));
    isGood("CS-CFG-003", withClient({ lookupDomain: "other.example" }));
  });

  it("both are a warning while the fixed host answers", () => {
    says(finds("CS-CFG-003", withClient(both), "FIXED_HOST_AND_LOOKUP_DOMAIN"), "warning", {
      remedy: /^countersign slmgr \/ckms$/,
    });
  });

  it("both are an error when the fixed host does not answer, by a probe or by the last attempt", () => {
    const probed = healthyFacts({ clients: [healthyClient(both)], network: healthyNetwork({ targets: [silent] }) });
    says(finds("CS-CFG-003", probed, "FIXED_HOST_AND_LOOKUP_DOMAIN"), "error", { effect: /does not answer/ });
    const tried = [{ host: HOST_AT, why: "fixed", reason: "TIMEOUT", inner: "", detail: "connect" }];
    const products = [healthyProduct({ lastAttempt: { atMs: 0, tried } })];
    const logged = healthyFacts({ clients: [healthyClient({ ...both, products })], network: undefined });
    says(finds("CS-CFG-003", logged, "FIXED_HOST_AND_LOOKUP_DOMAIN"), "error", {});
  });

  it("a store of a program is named to slmgr; a managed file that decides is named to the person", () => {
    const settings = {
      ...healthyClient().settings,
      host: { value: HOST_AT, source: "managed", place: "/etc/countersign/managed.json" },
    };
    says(
      finds("CS-CFG-003", withClient({ ...both, from: "store", settings }), "FIXED_HOST_AND_LOOKUP_DOMAIN"),
      "warning",
      {
        remedy: /\/ckms --data \/var\/lib\/countersign\/client$/,
        advice: /managed\.json decides it/,
      },
    );
  });
});

describe("CS-CFG-004: nothing that was set is overruled", () => {
  const pinned = {
    value: "1700",
    source: "flag",
    place: "the option --port",
    overruled: { value: "1688", place: "the store" },
  };

  it("a value that an option overrules is a notice that names both", () => {
    const settings = { ...healthyHost().settings, listeningPort: pinned };
    says(finds("CS-CFG-004", withHost({ settings }), "SETTING_PINNED"), "notice", {
      cause: /listeningPort on kms1\.corp\.example was set to 1688 and the option --port makes it 1700/,
      remedy: /^countersign host config show --data /,
    });
  });

  it("what slmgr sets goes before the file: that is as it should be", () => {
    const settings = { ...healthyHost().settings, listeningPort: { ...pinned, source: "store" } };
    isGood("CS-CFG-004", withHost({ settings }));
  });

  it("a managed file that overrules what a person set on the client is told as well", () => {
    const settings = { ...healthyClient().settings, host: { ...pinned, source: "managed", place: "managed.json" } };
    says(finds("CS-CFG-004", withClient({ settings }), "SETTING_PINNED"), "notice", {
      remedy: /^countersign slmgr \/dlv$/,
    });
  });

  it("does not apply where no settings were seen", () => {
    isMoot("CS-CFG-004", healthyFacts({ hosts: [], clients: [] }), /no settings/);
  });
});

describe("CS-CFG-005: the intervals are sensible", () => {
  const bounds = [
    ["activationIntervalMinutes", 30, 1_440, "/sai 120"],
    ["renewalIntervalMinutes", 1_440, 20_160, "/sri 10080"],
  ] as const;

  for (const [name, least, most, remedy] of bounds)
    it(`${name} may be ${least} to ${most} minutes, and neither less nor more`, () => {
      isGood("CS-CFG-005", withHost({ settings: hostSetting(name, String(least)) }));
      isGood("CS-CFG-005", withHost({ settings: hostSetting(name, String(most)) }));
      for (const minutes of [least - 1, most + 1])
        says(
          finds("CS-CFG-005", withHost({ settings: hostSetting(name, String(minutes)) }), "INTERVAL_EXTREME"),
          "warning",
          {
            cause: new RegExp(`is ${minutes} minutes`),
            remedy: new RegExp(`^countersign slmgr ${remedy} --data`),
          },
        );
    });

  it("what each product's policy says is not judged", () => {
    assert.equal(resultOf("CS-CFG-005", healthyFacts()).outcome, "good");
  });

  it("too short and too long do different harm", () => {
    const long = withHost({ settings: hostSetting("renewalIntervalMinutes", "43200") });
    says(finds("CS-CFG-005", long, "INTERVAL_EXTREME"), "warning", { effect: /drop out of the count/ });
    const short = withHost({ settings: hostSetting("activationIntervalMinutes", "15") });
    says(finds("CS-CFG-005", short, "INTERVAL_EXTREME"), "warning", { effect: /so often/ });
  });
});
