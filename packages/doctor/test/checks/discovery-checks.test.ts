import { describe, it } from "node:test";
import {
  all,
  answers,
  client,
  FILTERED,
  generic,
  HOST_AT,
  network,
  noAddress,
  REFUSED,
  records,
  SECOND_AT,
  SECOND_NAME,
  secondHost,
  WEB_SERVER,
} from "../diagnosis/change-facts.ts";
import { DOMAIN, HOST_NAME, healthyFacts, withClient } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const NONE = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "ENOTFOUND" } as const;
const fixed = client((one) => ({ ...one, fixedHost: HOST_AT, cachedHost: "" }));

describe("CS-DSC-001: a fixed host answers", () => {
  it("finds one that does not, in every way, and clears it", () => {
    for (const answer of [REFUSED, FILTERED, WEB_SERVER])
      says(finds("CS-DSC-001", all(fixed, answers(HOST_AT, answer))(healthyFacts()), "FIXED_HOST_GONE"), "error", {
        remedy: /^countersign slmgr \/ckms$/,
      });
    finds(
      "CS-DSC-001",
      all(fixed, noAddress(HOST_AT, "DNS_NAME_NOT_FOUND", "ENOTFOUND"))(healthyFacts()),
      "FIXED_HOST_GONE",
    );
  });

  it("names the hosts that would answer", () => {
    const facts = all(fixed, secondHost, answers(HOST_AT, REFUSED))(healthyFacts());
    says(finds("CS-DSC-001", facts, "FIXED_HOST_GONE"), "error", { effect: /kms2\.corp\.example:1688 would answer/ });
  });

  it("does not blame the host where DNS failed over its name", () => {
    isGood("CS-DSC-001", all(fixed, noAddress(HOST_AT, "TIMEOUT", "ETIMEOUT"))(healthyFacts()));
    isMoot("CS-DSC-001", healthyFacts(), /no machine has a fixed host/);
  });
});

describe("CS-DSC-002: the host that answered last still does", () => {
  it("finds it gone, and weighs it little where another answers", () => {
    says(finds("CS-DSC-002", answers(HOST_AT, REFUSED)(healthyFacts()), "CACHED_HOST_GONE"), "error", {});
    const facts = all(secondHost, answers(HOST_AT, REFUSED))(healthyFacts());
    says(finds("CS-DSC-002", facts, "CACHED_HOST_GONE"), "notice", { effect: /turns to kms2/ });
  });

  it("says nothing with a fixed host, or with host caching off", () => {
    isMoot("CS-DSC-002", withClient({ fixedHost: HOST_AT }), /no machine has a host from before/);
    isMoot("CS-DSC-002", withClient({ hostCaching: false }), /no machine has a host from before/);
  });
});

describe("CS-DSC-003: a look-up domain has records", () => {
  it("finds one that has none, and says that the machine's own has", () => {
    const facts = all(
      client((one) => ({ ...one, lookupDomain: "lab.example" })),
      network((one) => ({
        ...one,
        domains: [
          ...one.domains,
          {
            ...{ domain: "lab.example", zone: "", primary: "" },
            names: [
              { name: "_countersign._tcp.lab.example", service: "generic" as const, publisherId: "", answer: NONE },
            ],
          },
        ],
      })),
    )(healthyFacts());
    says(finds("CS-DSC-003", facts, "LOOKUP_DOMAIN_EMPTY"), "error", {
      cause:
        /lab\.example of pc-1\.corp\.example has no record of a host, and the machine's own domain corp\.example has/,
      remedy: /\/ckms-domain$/,
    });
    isGood("CS-DNS-003", facts);
  });

  it("is content where it has, and finds an empty one that is the machine's own too", () => {
    const own = client((one) => ({ ...one, lookupDomain: DOMAIN }));
    isGood("CS-DSC-003", own(healthyFacts()));
    finds("CS-DSC-003", all(own, generic(DOMAIN, NONE))(healthyFacts()), "LOOKUP_DOMAIN_EMPTY");
  });
});

describe("CS-DSC-004: priorities are followed", () => {
  const prioritised = all(
    secondHost,
    records(DOMAIN, { target: HOST_NAME, port: 1688, priority: 10 }, { target: SECOND_NAME, port: 1688 }),
  );

  it("tells that the host which answered last goes before the one of better priority", () => {
    says(finds("CS-DSC-004", prioritised(healthyFacts()), "CACHE_OVERRIDES_PRIORITY"), "notice", {
      cause:
        /asks kms1\.corp\.example:1688 \(priority 10\) because it answered last, before kms2\.corp\.example:1688 \(priority 0\)/,
      remedy: /\/ckhc$/,
    });
  });

  it("says nothing while the better one does not answer, or caching is off", () => {
    isGood("CS-DSC-004", all(prioritised, answers(SECOND_AT, REFUSED))(healthyFacts()));
    isGood(
      "CS-DSC-004",
      all(
        prioritised,
        client((one) => ({ ...one, hostCaching: false })),
      )(healthyFacts()),
    );
  });
});
