import { describe, it } from "node:test";
import type { HostFacts } from "../../src/facts/host-facts.ts";
import {
  DOMAIN,
  HOST_AT,
  HOST_NAME,
  healthyClient,
  healthyDomain,
  healthyFacts,
  healthyHost,
  healthyNetwork,
  healthyTarget,
  withHost,
  without,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const GONE = [{ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" }] as const;
const silent = {
  ...healthyTarget(),
  resolution: { kind: "addresses", endpoints: [{ address: "192.0.2.10", answers: GONE }], notProbed: 0 },
} as const;
const moved = { ...healthyTarget({ port: 1700 }), port: 1700 };

describe("CS-CFG-006: no client keeps a port that its host has left", () => {
  const movedAway = healthyNetwork({ targets: [silent, moved] });
  const keeping = healthyClient({ keepPort: true });

  it("a kept port that is dead, beside the same host at another, is an error; the remedy names the new port", () => {
    says(
      finds("CS-CFG-006", healthyFacts({ clients: [keeping], network: movedAway }), "KEEP_PORT_BLOCKS_MOVE"),
      "error",
      {
        cause: /keeps asking kms1\.corp\.example:1688, and the host has moved to port 1700/,
        remedy: /^countersign slmgr \/skms kms1\.corp\.example:1700$/,
      },
    );
  });

  it("a client that may follow finds the port by itself", () => {
    isGood("CS-CFG-006", healthyFacts({ network: movedAway }));
  });

  it("a kept port that answers is a port mapping, as meant", () => {
    isGood(
      "CS-CFG-006",
      healthyFacts({
        clients: [keeping],
        network: healthyNetwork({ targets: [healthyTarget({ port: 1700 }), moved] }),
      }),
    );
  });

  it("a dead port without another that answers says nothing of a move, nor does a port nobody looked at", () => {
    isGood("CS-CFG-006", healthyFacts({ clients: [keeping], network: healthyNetwork({ targets: [silent] }) }));
    isGood("CS-CFG-006", healthyFacts({ clients: [keeping], network: healthyNetwork({ targets: [moved] }) }));
  });

  it("the fixed host counts before the cached one", () => {
    isGood(
      "CS-CFG-006",
      healthyFacts({
        clients: [healthyClient({ keepPort: true, fixedHost: "kms1.corp.example:1700" })],
        network: movedAway,
      }),
    );
  });
});

describe("CS-CFG-007: a published host listens beyond loopback", () => {
  const onLoopback: Partial<HostFacts> = { listening: { address: "127.0.0.1", port: 1688 } };
  const from = (source: string, place: string) => ({
    ...onLoopback,
    settings: { ...healthyHost().settings, listenAddress: { value: "127.0.0.1", source, place } },
  });

  it("a published host on loopback is an error", () => {
    says(finds("CS-CFG-007", withHost(onLoopback), "LOOPBACK_ONLY"), "error", {
      cause: /listens on 127\.0\.0\.1 only, and is published as kms1/,
    });
  });

  it("the remedy changes the address where it is decided: in the file, by the option, by the variable, or anew", () => {
    const table = [
      [
        from("file", "/etc/countersign/host.yaml"),
        /^sed -i\.bak 's\|\^listenAddress:\.\*\|listenAddress: 0\.0\.0\.0\|' \/etc\/countersign\/host\.yaml$/,
      ],
      [from("flag", "the option --listen"), /^countersign host serve .*--listen 0\.0\.0\.0 {2}# listenAddress$/],
      [
        from("environment", "the environment variable COUNTERSIGN_LISTEN_ADDRESS"),
        /^COUNTERSIGN_LISTEN_ADDRESS=0\.0\.0\.0 countersign host serve/,
      ],
      [onLoopback, /^echo 'listenAddress: 0\.0\.0\.0' >> \/etc\/countersign\/host\.yaml$/],
    ] as const;
    for (const [change, remedy] of table)
      says(finds("CS-CFG-007", withHost(change), "LOOPBACK_ONLY"), "error", { remedy });
  });

  it("IPv6's loopback is one as well", () => {
    finds("CS-CFG-007", withHost({ listening: { address: "::1", port: 1688 } }), "LOOPBACK_ONLY");
  });

  it("a record that somebody wrote by hand leads there as a published one does", () => {
    finds("CS-CFG-007", withHost({ ...onLoopback, publishing: { isOn: false, domains: [] } }), "LOOPBACK_ONLY");
  });

  it("a host that nobody is led to may listen where it likes", () => {
    const unpublished = healthyHost({ ...onLoopback, publishing: { isOn: true, domains: [] } });
    isGood("CS-CFG-007", healthyFacts({ hosts: [unpublished], network: undefined }));
  });

  it("a name that itself leads to loopback is meant for this machine alone", () => {
    const target = {
      ...healthyTarget(),
      resolution: { kind: "addresses", endpoints: [{ address: "127.0.0.1", answers: [] }], notProbed: 0 },
    } as const;
    isGood(
      "CS-CFG-007",
      healthyFacts({ hosts: [healthyHost(onLoopback)], network: healthyNetwork({ targets: [target] }) }),
    );
  });
});

describe("CS-CFG-008: the host publishes itself, or somebody wrote its record", () => {
  const off = { publishing: { isOn: false, domains: [] } };
  const noRecord = healthyDomain({
    names: healthyDomain().names.map((name) => ({
      ...name,
      answer: { kind: "none", reason: "DNS_NO_RECORDS", detail: "" },
    })),
  });
  const elsewhere = healthyDomain({
    names: healthyDomain().names.map((name) => ({
      ...name,
      answer: {
        kind: "records",
        owner: name.name,
        records: [{ target: "kms2.corp.example", port: 1688, priority: 0, weight: 0 }],
      },
    })),
  });
  const inDomain = (domain: typeof noRecord, change = {}) =>
    healthyFacts({ hosts: [healthyHost(off)], network: healthyNetwork({ domains: [domain] }), ...change });

  it("publishing off with a record by hand is good", () => {
    isGood("CS-CFG-008", withHost(off));
  });

  it("publishing off and no record at all is an error", () => {
    says(finds("CS-CFG-008", inDomain(noRecord), "PUBLISHING_OFF"), "error", {
      remedy: /^countersign slmgr \/sdns --data /,
      evidence: new RegExp(`no SRV record in ${DOMAIN}`),
    });
  });

  it("publishing off where records lead to another host is a warning", () => {
    says(finds("CS-CFG-008", inDomain(elsewhere), "PUBLISHING_OFF"), "warning", { evidence: /kms2\.corp\.example/ });
  });

  it("publishing off where DNS was not asked is a warning: nobody knows", () => {
    says(
      finds("CS-CFG-008", healthyFacts({ hosts: [healthyHost(off)], network: undefined }), "PUBLISHING_OFF"),
      "warning",
      {},
    );
  });

  it("no record is needed where every machine that was seen has a fixed host", () => {
    isGood("CS-CFG-008", inDomain(noRecord, { clients: [healthyClient({ fixedHost: HOST_AT })] }));
    finds(
      "CS-CFG-008",
      inDomain(noRecord, { clients: [healthyClient({ fixedHost: HOST_AT }), healthyClient()] }),
      "PUBLISHING_OFF",
    );
  });

  it("a record leads to the host by its short name, its full name or its address", () => {
    for (const name of ["kms1", HOST_NAME])
      isGood(
        "CS-CFG-008",
        withHost({ ...off, machine: { ...healthyHost().machine, name } as NonNullable<HostFacts["machine"]> }),
      );
  });

  it("says nothing of a host that did not tell whether it publishes", () => {
    isGood("CS-CFG-008", healthyFacts({ hosts: [without(healthyHost(), "publishing")] }));
    isMoot("CS-CFG-008", healthyFacts({ hosts: [] }), /no host was seen/);
  });
});
