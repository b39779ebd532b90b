import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CertifiedHost, EndpointAnswer } from "../../src/finder/facts.ts";
import {
  all,
  answers,
  type Change,
  FORGED,
  HOST_AT,
  hostUnheard,
  network,
  records,
  target,
  WEB_SERVER,
} from "../diagnosis/change-facts.ts";
import { DOMAIN, HOST_NAME, healthyFacts, healthyTarget, PUBLISHER_ID } from "../healthy-facts.ts";
import { finds, isGood, says } from "./finds.ts";

const OTHER = "pc-7.corp.example";
const refuses = (reason: string): EndpointAnswer => ({
  kind: "refusal",
  publisherId: PUBLISHER_ID,
  reason,
  message: "",
});
const beside = (answer: EndpointAnswer): Change =>
  all(
    target(OTHER, 1688, "192.0.2.77", answer),
    records(DOMAIN, { target: OTHER, port: 1688 }, { target: HOST_NAME, port: 1688 }),
  );
/** What the healthy host signs, otherwise. */
function signed(change: Partial<CertifiedHost>): EndpointAnswer {
  const { resolution } = healthyTarget(change);
  const answer = resolution.kind === "addresses" ? resolution.endpoints[0]?.answers[0] : undefined;
  assert.ok(answer !== undefined);
  return answer;
}

describe("CS-DNS-008: only our hosts stand in the records", () => {
  it("finds one that nobody certified, by a signature that fails or by its own word", () => {
    for (const answer of [FORGED, refuses("HOST_NOT_ACTIVATED"), refuses("HOST_NOT_ENABLED")])
      says(finds("CS-DNS-008", beside(answer)(healthyFacts()), "ROGUE_HOST"), "error", {
        cause: /^pc-7\.corp\.example:1688 stands in corp\.example/,
        remedy: /'update delete _countersign\._tcp\.corp\.example\. SRV 0 0 1688 pc-7\.corp\.example\.'/,
      });
  });

  it("does not call our own host a rogue that is not activated yet, nor the only one there is", () => {
    isGood("CS-DNS-008", answers(HOST_AT, refuses("HOST_NOT_ACTIVATED"))(healthyFacts()));
    isGood("CS-DNS-008", all(hostUnheard, answers(HOST_AT, refuses("HOST_NOT_ACTIVATED")))(healthyFacts()));
  });

  it("finds another customer's host, once it is known who we are", () => {
    const facts = all(
      beside(signed({ hostId: "0f".repeat(16), instanceId: "1f".repeat(16), customerId: "c9".repeat(16) })),
      network((one) => ({
        ...one,
        ownHosts: [{ host: HOST_AT, customers: [{ publisherId: PUBLISHER_ID, customerId: "c1".repeat(16) }] }],
      })),
    )(healthyFacts());
    says(finds("CS-DNS-008", facts, "OTHER_SITES_HOST"), "notice", { remedy: /update delete/ });
  });

  it("finds what is no host at all, beside one that is", () => {
    says(finds("CS-DNS-008", beside(WEB_SERVER)(healthyFacts()), "FOREIGN_SERVICE_IN_DNS"), "warning", {
      evidence: /HTTP 404/,
    });
  });
});

describe("CS-DNS-009: each host is one process", () => {
  it("finds a copied directory once, and names both places", () => {
    const found = finds("CS-DNS-009", beside(signed({ instanceId: "99".repeat(16) }))(healthyFacts()), "HOST_CLONE");
    says(found, "error", {
      cause: /kms1\.corp\.example:1688, pc-7\.corp\.example:1688/,
      remedy: /hosts find --domain corp\.example/,
    });
  });

  it("is content with one process under two names", () => {
    isGood("CS-DNS-009", beside(signed({}))(healthyFacts()));
  });
});
