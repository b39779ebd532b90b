import { describe, it } from "node:test";
import { all, allNames, type Change, generic, host, onHost, records } from "../diagnosis/change-facts.ts";
import { DOMAIN, HOST_NAME, healthyFacts, NOW_MS } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const NONE = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "ENOTFOUND" } as const;
const failing = (reason: string, detail = "as it was said"): Change =>
  host((one) => ({
    ...one,
    publishing: {
      isOn: true,
      domains: [
        {
          ...{ domain: DOMAIN, target: HOST_NAME, port: 1688 },
          failure: { reason, detail, server: "192.0.2.53:53", sinceMs: NOW_MS - 3 * 86_400_000 },
        },
      ],
    },
  }));
const unpublished = (reason: string) => all(failing(reason), generic(DOMAIN, NONE))(healthyFacts());

describe("CS-DNS-010: the host's DNS updates are accepted", () => {
  it("has a finding for every way in which a zone says no", () => {
    const ways = {
      DNS_REFUSED: "PUBLISHING_REFUSED",
      DNS_BADKEY: "PUBLISHING_BAD_KEY",
      DNS_BADSIG: "PUBLISHING_BAD_KEY",
      DNS_BAD_PACKET: "PUBLISHING_BAD_SIGNATURE",
      DNS_BADTIME: "PUBLISHING_BAD_TIME",
      DNS_ZONE_NOT_FOUND: "PUBLISHING_NO_ZONE",
      DNS_NOT_AUTHORITATIVE: "PUBLISHING_NO_ZONE",
      DNS_NOT_IMPLEMENTED: "PUBLISHING_NO_ZONE",
      DNS_NOT_ZONE: "PUBLISHING_NO_ZONE",
      DNS_SERVER_UNREACHABLE: "PUBLISHING_FAILING",
      DNS_NAME_IS_ALIAS: "PUBLISHING_FAILING",
      DNS_UPDATE_UNCONFIRMED: "PUBLISHING_FAILING",
      DNS_NO_SERVER: "PUBLISHING_FAILING",
    };
    for (const [reason, finding] of Object.entries(ways))
      says(finds("CS-DNS-010", unpublished(reason), finding), "error", {
        evidence: /since 2026-11-22 09:00 UTC \(3 days\)\nnever published there/,
      });
  });

  it("tells a key that is not known from a secret that is another one", () => {
    says(finds("CS-DNS-010", unpublished("DNS_BADKEY"), "PUBLISHING_BAD_KEY"), "error", {
      cause: /no key of that name/,
    });
    says(finds("CS-DNS-010", unpublished("DNS_BADSIG"), "PUBLISHING_BAD_KEY"), "error", {
      cause: /secret is another one/,
    });
  });

  it("weighs it less while the record stands all the same, written by hand", () => {
    says(finds("CS-DNS-010", failing("DNS_REFUSED")(healthyFacts()), "PUBLISHING_REFUSED"), "warning", {
      evidence: /its record stands all the same/,
    });
  });

  it("says nothing of a host that does not publish", () => {
    const off = host((one) => ({ ...one, publishing: { isOn: false, domains: [] } }))(healthyFacts());
    isMoot("CS-DNS-010", off, /publishes itself/);
  });
});

describe("CS-DNS-011: the host's own record stands", () => {
  it("finds it gone, seen from the host", () => {
    const facts = all(generic(DOMAIN, NONE), onHost)(healthyFacts());
    says(finds("CS-DNS-011", facts, "RECORD_MISSING"), "error", {
      remedy: /host dns publish --now --data /,
      evidence: /no SRV record\nthe host publishes kms1\.corp\.example:1688/,
    });
  });

  it("finds it gone beside another host's, seen from anywhere", () => {
    const facts = records(DOMAIN, { target: "kms2.corp.example", port: 1688 })(healthyFacts());
    says(finds("CS-DNS-011", facts, "RECORD_MISSING"), "error", { evidence: /SRV 0 0 1688 kms2\.corp\.example\./ });
  });

  it("finds another port in it", () => {
    const facts = records(DOMAIN, { target: HOST_NAME, port: 1999 })(healthyFacts());
    says(finds("CS-DNS-011", facts, "RECORD_DIFFERS"), "error", {
      cause: /says kms1\.corp\.example:1999 instead of kms1\.corp\.example:1688/,
    });
  });

  it("does not take a zone that could not be read for one without the record", () => {
    isGood("CS-DNS-011", all(allNames(DOMAIN, "DNS_SERVER_FAILURE", "ESERVFAIL"), onHost)(healthyFacts()));
    isGood("CS-DNS-011", onHost(healthyFacts({ network: undefined })));
  });
});
