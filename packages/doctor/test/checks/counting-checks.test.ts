import { describe, it } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import type { HostFacts, KnownMachineFacts } from "../../src/facts/host-facts.ts";
import {
  APPLICATION_ID,
  CMID,
  DAY_MS,
  DOMAIN,
  healthyClient,
  healthyCount,
  healthyDomain,
  healthyFacts,
  healthyHost,
  healthyNetwork,
  healthyProduct,
  healthySeat,
  healthyTarget,
  hostEvent,
  NOW_MS,
  withHost,
} from "../healthy-facts.ts";
import { finds, isGood, says } from "./finds.ts";

const machine = (change: Partial<KnownMachineFacts>): HostFacts["machines"] => [
  { cmid: CMID, names: ["pc-1"], productId: 1, lastSeenMs: NOW_MS, hardwareChanges: 0, ...change },
];
const told = (eventId: number, name: string, agoMs = DAY_MS) =>
  hostEvent(eventId, agoMs, { cmid: CMID, clientName: name, address: "192.0.2.9" });

describe("CS-CNT-002: no two machines share a CMID", () => {
  it("three names behind one CMID are three machines of one image: an error that lists them", () => {
    says(
      finds("CS-CNT-002", withHost({ machines: machine({ names: ["pc-3", "pc-2", "pc-1"] }) }), "CLONED_CMIDS"),
      "error",
      {
        cause: new RegExp(`^3 machines share the CMID ${CMID}`),
        evidence: /pc-3, pc-2, pc-1/,
        remedy: /^countersign client generalize$/,
      },
    );
  });

  it("two names are a machine that was renamed, unless its hardware goes to and fro", () => {
    isGood("CS-CNT-002", withHost({ machines: machine({ names: ["new", "old"] }) }));
    isGood("CS-CNT-002", withHost({ machines: machine({ names: ["new", "old"], hardwareChanges: 1 }) }));
    finds(
      "CS-CNT-002",
      withHost({ machines: machine({ names: ["pc-2", "pc-1"], hardwareChanges: 2 }) }),
      "CLONED_CMIDS",
    );
  });

  it("names that the host told to draw another CMID count as those it kept", () => {
    const events = ["pc-2", "pc-3"].map((name) => told(30002, name));
    says(finds("CS-CNT-002", withHost({ machines: machine({}), events }), "CLONED_CMIDS"), "error", {
      cause: /^3 machines/,
      evidence: /2 times in 30 days/,
    });
  });

  it("one copy that was told to draw another is healed: a warning about the image", () => {
    says(
      finds("CS-CNT-002", withHost({ machines: machine({}), events: [told(30002, "pc-2")] }), "GENERALIZE_SKIPPED"),
      "warning",
      { cause: /pc-1, pc-2/ },
    );
  });

  it("a copy without a name is told by its address", () => {
    const events = [told(30002, "")];
    says(finds("CS-CNT-002", withHost({ machines: [], events }), "GENERALIZE_SKIPPED"), "warning", {
      cause: /192\.0\.2\.9/,
    });
  });

  it("what is older than 30 days no longer counts, nor does it here", () => {
    isGood(
      "CS-CNT-002",
      withHost({ machines: machine({ names: ["a", "b", "c"], lastSeenMs: NOW_MS - 30 * DAY_MS - 1 }) }),
    );
    isGood("CS-CNT-002", withHost({ machines: [], events: [told(30002, "pc-2", 30 * DAY_MS + 1)] }));
  });

  it("each CMID is a finding of its own, the most shared first", () => {
    const machines = [
      ...machine({ names: ["a", "b", "c"] }),
      ...machine({ cmid: "00000000-0000-4000-8000-000000000002", names: ["d", "e", "f", "g"] }),
    ];
    says(finds("CS-CNT-002", withHost({ machines }), "CLONED_CMIDS", "CLONED_CMIDS"), "error", {
      cause: /^4 machines/,
    });
  });
});

/** Two hosts in DNS with these counts of 5 required; `priority` of the second. */
function twoHosts(a: number, b: number, priority = 0, change: Partial<Facts> = {}): Facts {
  const counts = (currentCount: number) => [{ applicationId: APPLICATION_ID, currentCount }];
  const first = healthyTarget({ counts: counts(a) });
  const second = {
    ...healthyTarget({
      hostId: "02".repeat(16),
      instanceId: "12".repeat(16),
      nodeId: "22".repeat(8),
      counts: counts(b),
    }),
    target: "kms2.corp.example",
  };
  const records = [
    { target: first.target, port: 1688, priority: 0, weight: 0 },
    { target: second.target, port: 1688, priority, weight: 0 },
  ];
  const names = healthyDomain().names.map((name) =>
    name.service === "generic" ? { ...name, answer: { kind: "records" as const, owner: name.name, records } } : name,
  );
  return healthyFacts({
    hosts: [],
    clients: [],
    network: healthyNetwork({ targets: [first, second], domains: [healthyDomain({ names })] }),
    ...change,
  });
}

describe("CS-CNT-003: the machines are counted in one place", () => {
  it("two hosts that both reach the threshold are good", () => {
    isGood("CS-CNT-003", twoHosts(5, 5));
  });

  it("two below it whose sum would reach it are the cause: an error with each host's count", () => {
    says(finds("CS-CNT-003", twoHosts(4, 3), "COUNT_SPLIT"), "error", {
      cause: /spread over 2 hosts: 4 \+ 3 of 5/,
      evidence: /kms1\.corp\.example:1688 counts 4 of 5\nkms2\.corp\.example:1688 counts 3 of 5/,
      remedy: new RegExp(`^countersign hosts find --domain ${DOMAIN}$`),
    });
    says(finds("CS-CNT-003", twoHosts(4, 1), "COUNT_SPLIT"), "error", {});
  });

  it("two whose sum is too low as well only make it worse: a warning", () => {
    says(finds("CS-CNT-003", twoHosts(3, 1), "COUNT_SPLIT"), "warning", { effect: /no host activates anybody/ });
  });

  it("one that reaches it beside one that does not is a warning for those who ask the latter", () => {
    says(finds("CS-CNT-003", twoHosts(30, 2), "COUNT_SPLIT"), "warning", { effect: /who asks a host below/ });
  });

  it("a host that stands by with a worse priority has few machines on purpose", () => {
    isGood("CS-CNT-003", twoHosts(30, 2, 10));
    finds("CS-CNT-003", twoHosts(2, 30, 10), "COUNT_SPLIT");
  });

  it("a machine that waits for more than the least threshold has it judged by its own", () => {
    isGood("CS-CNT-003", twoHosts(13, 14));
    const waiting = healthyClient({ products: [healthyProduct({ status: 2, requiredCount: 25 })] });
    // The least threshold stays the first question: both reach it.
    isGood("CS-CNT-003", twoHosts(26, 27, 0, { clients: [waiting] }));
    says(finds("CS-CNT-003", twoHosts(13, 14, 0, { clients: [waiting] }), "COUNT_SPLIT"), "error", {
      cause: /13 \+ 14 of 25/,
    });
  });

  it("two hosts that told of themselves are judged where DNS was not asked", () => {
    const low = (hostId: string, currentCount: number) =>
      healthyHost({ hostId, seats: [healthySeat({ counts: [healthyCount({ currentCount })] })] });
    const facts = healthyFacts({ network: undefined, clients: [], hosts: [low("01", 3), low("02", 4)] });
    says(finds("CS-CNT-003", facts, "COUNT_SPLIT"), "error", { cause: /3 \+ 4 of 5/ });
    isGood("CS-CNT-003", healthyFacts({ network: undefined, clients: [], hosts: [low("01", 3), low("01", 3)] }));
  });

  it("hosts that do not tell their counts are not judged", () => {
    const silent = healthyTarget({ counts: [] });
    isGood("CS-CNT-003", healthyFacts({ hosts: [], network: healthyNetwork({ targets: [silent] }) }));
  });
});
