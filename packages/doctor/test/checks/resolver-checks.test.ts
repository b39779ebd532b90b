import { describe, it } from "node:test";
import {
  all,
  allNames,
  client,
  FILTERED,
  HOST_AT,
  network,
  noAddress,
  noCachedHost,
} from "../diagnosis/change-facts.ts";
import { CLIENT_NAME, DOMAIN, healthyClient, healthyFacts, healthyMachine, withClient } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const noTargets = network((one) => ({ ...one, targets: [] }));

describe("CS-DNS-001: the DNS server answers", () => {
  it("finds a server that is silent and one that is not there, and names it", () => {
    for (const [reason, detail] of [
      ["TIMEOUT", "ETIMEOUT"],
      ["DNS_SERVER_FAILURE", "ECONNREFUSED"],
    ] as const) {
      const found = finds("CS-DNS-001", allNames(DOMAIN, reason, detail)(healthyFacts()), "DNS_UNREACHABLE");
      says(found, "error", {
        cause: /192\.0\.2\.53:53/,
        remedy: /^dig @192\.0\.2\.53 SRV _countersign\._tcp\.corp\.example$/,
        evidence: new RegExp(`_countersign._tcp.${DOMAIN}: ${reason} \\(${detail}\\)`),
      });
    }
  });

  it("asks the server that the client's settings name, at its own port", () => {
    const facts = all(
      allNames(DOMAIN, "TIMEOUT", "ETIMEOUT"),
      client((one) => ({
        ...one,
        settings: { ...one.settings, dnsServers: { value: "192.0.2.54:5353", source: "setting", place: "" } },
      })),
    )(healthyFacts());
    says(finds("CS-DNS-001", facts, "DNS_UNREACHABLE"), "error", { remedy: /^dig @192\.0\.2\.54 -p 5353 SRV / });
  });

  it("finds a machine without a server to ask", () => {
    const facts = allNames(
      DOMAIN,
      "DNS_SERVER_FAILURE",
      "ECONNREFUSED",
    )(healthyFacts({ machine: healthyMachine({ resolvers: [] }) }));
    says(finds("CS-DNS-001", facts, "NO_RESOLVER"), "error", { evidence: /no DNS server is configured/ });
  });

  it("is content with any answer, no such name included", () => {
    isGood("CS-DNS-001", allNames(DOMAIN, "DNS_NAME_NOT_FOUND", "ENOTFOUND")(healthyFacts()));
    isGood("CS-DNS-001", allNames(DOMAIN, "DNS_SERVER_FAILURE", "ESERVFAIL")(healthyFacts()));
  });

  it("says nothing where DNS was not asked, and reads the client's last attempt where nobody else looked", () => {
    isMoot("CS-DNS-001", healthyFacts({ network: undefined }), /DNS was not asked/);
    const lookups = [
      { domain: DOMAIN, name: `_countersign._tcp.${DOMAIN}`, reason: "DNS_SERVER_FAILURE", detail: "ETIMEOUT" },
    ];
    const facts = client((one) => ({
      ...one,
      products: one.products.map((each) => ({ ...each, lastAttempt: { atMs: 0, tried: [], lookups } })),
    }))(healthyFacts({ network: undefined }));
    finds("CS-DNS-001", facts, "DNS_UNREACHABLE");
  });
});

describe("CS-DNS-002: each machine knows where to look", () => {
  it("finds a machine in no domain that nothing is set on, and says what to set", () => {
    const facts = withClient({ machine: healthyMachine({ domain: "" }), cachedHost: "" });
    says(finds("CS-DNS-002", facts, "NO_DOMAIN"), "error", { remedy: /slmgr \/skms-domain corp\.example$/ });
  });

  it("weighs it less while the host from before answers", () => {
    const facts = withClient({ machine: healthyMachine({ domain: "" }) });
    says(finds("CS-DNS-002", facts, "NO_DOMAIN"), "notice", { evidence: /it asks kms1\.corp\.example:1688/ });
  });

  it("is content with a fixed host or a look-up domain", () => {
    isGood("CS-DNS-002", withClient({ machine: healthyMachine({ domain: "" }), fixedHost: HOST_AT }));
    isGood("CS-DNS-002", withClient({ machine: healthyMachine({ domain: "" }), lookupDomain: DOMAIN }));
  });
});

describe("CS-DNS-004: the DNS server serves the zones", () => {
  it("finds a zone that it fails over, with its word for it", () => {
    const facts = allNames(DOMAIN, "DNS_SERVER_FAILURE", "ESERVFAIL")(healthyFacts());
    says(finds("CS-DNS-004", facts, "DNS_SERVER_FAILURE"), "error", {
      cause: /fails over corp\.example \(ESERVFAIL\)/,
      remedy: /^named-checkzone corp\.example /,
    });
  });

  it("leaves a server that answers nothing at all to the check before", () => {
    isMoot("CS-DNS-004", allNames(DOMAIN, "TIMEOUT", "ETIMEOUT")(healthyFacts()), /no DNS server answers/);
  });

  it("takes a domain that alone is silent for a zone that fails", () => {
    const other = healthyClient({ machineName: "pc-2", lookupDomain: "lab.example" });
    const facts = network((one) => ({
      ...one,
      domains: [
        ...one.domains,
        {
          ...{ domain: "lab.example", zone: "", primary: "" },
          names: [
            {
              ...{ name: "_countersign._tcp.lab.example", service: "generic" as const, publisherId: "" },
              answer: { kind: "none" as const, reason: "TIMEOUT" as const, detail: "ETIMEOUT" },
            },
          ],
        },
      ],
    }))(healthyFacts({ clients: [healthyClient(), other] }));
    says(finds("CS-DNS-004", facts, "DNS_SERVER_FAILURE"), "error", { cause: /lab\.example/ });
  });
});

describe("CS-RCH-001: the network is there", () => {
  const silent = all(allNames(DOMAIN, "TIMEOUT", "ETIMEOUT"), noAddress(HOST_AT, "TIMEOUT", "ETIMEOUT"), noCachedHost);
  const lastKnown = (answer: typeof FILTERED | { kind: "failure"; reason: "HOST_UNREACHABLE"; detail: string }) =>
    network((one) => ({
      ...one,
      targets: one.targets.map((each) => ({
        ...each,
        resolution: {
          ...{ kind: "none" as const, reason: "TIMEOUT" as const, detail: "ETIMEOUT" },
          lastKnown: { address: "192.0.2.10", answers: [answer] },
        },
      })),
    }));

  it("finds that nothing answers: neither DNS nor the address that a host had last", () => {
    const facts = all(silent, lastKnown(FILTERED))(healthyFacts());
    says(finds("CS-RCH-001", facts, "NETWORK_OUTAGE"), "fatal", {
      cause: new RegExp(CLIENT_NAME),
      evidence: /192\.0\.2\.10: TIMEOUT \(connect\)/,
    });
  });

  it("takes a reset for a sign of life: then it is DNS and the host", () => {
    const reset = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" } as const;
    isGood("CS-RCH-001", all(silent, lastKnown(reset))(healthyFacts()));
  });

  it("takes a DNS server that alone is silent for no outage, save on a machine without a route", () => {
    isGood("CS-RCH-001", all(silent, noTargets)(healthyFacts()));
    const cutOff = healthyFacts({ machine: healthyMachine({ hasDefaultRoute: false }) });
    says(finds("CS-RCH-001", all(silent, noTargets)(cutOff), "NETWORK_OUTAGE"), "fatal", {
      evidence: /no default route/,
    });
  });

  it("is not misled by one host that is silent while DNS answers", () => {
    isGood(
      "CS-RCH-001",
      network((one) => ({
        ...one,
        targets: one.targets.map((each) => ({
          ...each,
          resolution: { kind: "addresses", endpoints: [{ address: "192.0.2.10", answers: [FILTERED] }], notProbed: 0 },
        })),
      }))(healthyFacts()),
    );
  });
});
