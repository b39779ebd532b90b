import { describe, it } from "node:test";
import {
  all,
  answers,
  attempt,
  client,
  FORGED,
  HOST_AT,
  records,
  SECOND_AT,
  secondHost,
  state,
  target,
} from "../diagnosis/change-facts.ts";
import { DOMAIN, healthyFacts, withClient, withProduct } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const REVOKED = { ...FORGED, reason: "CERTIFICATE_REVOKED", detail: "on 2026-11-20" } as const;

describe("CS-TRU-001: the trust file is sound", () => {
  it("finds one that is not, and names the file", () => {
    const problem = { reason: "SIGNATURE_INVALID", detail: "/etc/countersign/trust.d/example.cstrust: manifest" };
    says(
      finds("CS-TRU-001", withClient({ trust: { publisherName: "Example", problem } }), "TRUST_FILE_INVALID"),
      "fatal",
      {
        cause:
          /trust file \/etc\/countersign\/trust\.d\/example\.cstrust of pc-1\.corp\.example is not sound \(SIGNATURE_INVALID\)/,
        remedy: /export-trust --file \/etc\/countersign\/trust\.d\/example\.cstrust$/,
      },
    );
  });

  it("says nothing where nobody looked at one", () => {
    const facts = client(({ trust: _, ...one }) => one)(healthyFacts());
    isMoot("CS-TRU-001", facts, /no client's trust file/);
  });
});

describe("CS-TRU-002: what hosts sign verifies", () => {
  it("finds an answer that does not, with the check that fails", () => {
    says(finds("CS-TRU-002", answers(HOST_AT, FORGED)(healthyFacts()), "HOST_UNTRUSTED"), "error", {
      cause: /\(ISSUER_NOT_TRUSTED\)/,
      remedy: /hosts find --domain corp\.example$/,
    });
  });

  it("weighs it less beside a host that is trusted", () => {
    const facts = all(
      target("pc-7.corp.example", 1688, "192.0.2.77", FORGED),
      records(DOMAIN, { target: "pc-7.corp.example", port: 1688 }, { target: "kms1.corp.example", port: 1688 }),
    )(healthyFacts());
    says(finds("CS-TRU-002", facts, "HOST_UNTRUSTED"), "warning", { cause: /pc-7/ });
  });

  it("does not call two clocks that disagree a false host", () => {
    isGood("CS-TRU-002", answers(HOST_AT, { ...FORGED, reason: "CLOCK_SKEW", detail: "9 h" })(healthyFacts()));
  });
});

describe("CS-TRU-003: the trust documents are current", () => {
  it("finds a product that no known policy names", () => {
    says(finds("CS-TRU-003", withProduct({ status: 0, reason: "PRODUCT_NOT_COVERED" }), "TRUST_OUTDATED"), "error", {
      effect: /Editor is not licensed/,
    });
  });

  it("tells of a host whose documents are newer than the machine's", () => {
    const facts = attempt({ reason: "UNTRUSTED_HOST", inner: "ISSUER_NOT_TRUSTED" })(healthyFacts());
    says(finds("CS-TRU-003", facts, "TRUST_OUTDATED"), "notice", {
      evidence: /kms1\.corp\.example:1688: ISSUER_NOT_TRUSTED/,
    });
  });
});

describe("CS-TRU-004: nothing is revoked", () => {
  it("finds a licence that is void, and leads to another host", () => {
    const facts = all(state(4, "LEASE_REVOKED", 9), secondHost, answers(HOST_AT, REVOKED))(healthyFacts());
    says(finds("CS-TRU-004", facts, "LEASE_REVOKED"), "error", {
      remedy: new RegExp(`/skms ${SECOND_AT}$`),
      evidence: /LEASE_REVOKED \(0xC004F200\)\nkms1/,
    });
  });

  it("finds a revoked host before any licence is void for it", () => {
    says(finds("CS-TRU-004", answers(HOST_AT, REVOKED)(healthyFacts()), "LEASE_REVOKED"), "error", {
      effect: /no licence there any more/,
    });
  });
});
