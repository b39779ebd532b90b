import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type EndpointAnswer, judgeHosts, VERDICT_NAMES, VERDICTS, type Verdict } from "../../src/index.ts";
import {
  certified,
  domainWith,
  OUR_CUSTOMER,
  otherHost,
  PUBLISHER,
  REFUSED,
  refusal,
  unverified,
  worldOf,
} from "./finder-world.ts";

const FOREIGN: EndpointAnswer = { kind: "foreign", detail: "expected HTTP, found other bytes" };
const NAMED = [{ host: "kms1:1688", customers: [{ publisherId: PUBLISHER.publisherId, customerId: OUR_CUSTOMER }] }];

/** One target's addresses, each with its answers: the verdict, beside a healthy host of ours. */
const TABLE: readonly (readonly [what: string, addresses: readonly (readonly EndpointAnswer[])[], verdict: Verdict])[] =
  [
    ["a signed answer that verifies", [[otherHost()]], "ours"],
    ["a certificate of another customer", [[otherHost({ customerId: "c2".repeat(16) })]], "other-site"],
    ["a host without a key", [[refusal("HOST_NOT_ENABLED")]], "uncertified"],
    ["a host that was not activated", [[refusal("HOST_NOT_ACTIVATED")]], "uncertified"],
    ["a chain under another root", [[unverified("ISSUER_NOT_TRUSTED")]], "uncertified"],
    ["no certificate at all", [[unverified("CERTIFICATE_MISSING")]], "uncertified"],
    ["an answer to another nonce", [[unverified("STATEMENT_MISMATCH")]], "uncertified"],
    ["a signature that does not verify", [[unverified("SIGNATURE_INVALID")]], "uncertified"],
    ["a certificate that is over", [[unverified("CERTIFICATE_EXPIRED")]], "lapsed"],
    ["a certificate that was revoked", [[unverified("CERTIFICATE_REVOKED")]], "lapsed"],
    ["a host that says its certificate is over", [[refusal("HOST_CERT_EXPIRED")]], "lapsed"],
    ["a host of other publishers", [[refusal("UNKNOWN_PUBLISHER")]], "other-publisher"],
    ["a busy host", [[refusal("OVERLOADED")]], "unclear"],
    ["a reason of a later version", [[refusal("TEAPOT")]], "unclear"],
    ["a mail server", [[FOREIGN]], "foreign"],
    ["a closed port", [[REFUSED]], "stale"],
    ["a silent address", [[{ kind: "failure", reason: "TIMEOUT", detail: "connect" }]], "stale"],
    ["a restored copy", [[certified({ instanceId: "99".repeat(16) })]], "clone"],
    ["one of two addresses is closed", [[REFUSED], [otherHost()]], "ours"],
    ["one of two addresses is somebody else's", [[otherHost()], [unverified("ISSUER_NOT_TRUSTED")]], "uncertified"],
    ["one of two addresses is a mail server", [[FOREIGN], [otherHost()]], "foreign"],
    ["certified for one publisher, unknown to another", [[otherHost(), refusal("UNKNOWN_PUBLISHER")]], "ours"],
    [
      "certified for one publisher, forged for another",
      [[otherHost(), unverified("SIGNATURE_INVALID")]],
      "uncertified",
    ],
  ];

describe("what a target is", () => {
  for (const [what, addresses, verdict] of TABLE)
    it(`${what}: ${verdict}`, () => {
      const facts = worldOf(
        { "kms1.corp.example": [[certified()]], "it.corp.example": addresses },
        { ownHosts: NAMED },
      );
      const it = judgeHosts(facts).hosts.find(({ target }) => target === "it.corp.example");
      assert.equal(it?.verdict, verdict);
      assert.ok(it.because.length > 0);
    });

  it("every verdict of the table is reached by a target", () => {
    const reached = new Set<string>([...TABLE.map(([, , verdict]) => verdict), "certified", "not-probed"]);
    assert.deepEqual(
      VERDICT_NAMES.filter((verdict) => !reached.has(verdict)),
      [],
    );
  });

  it("a target without an address, and one beyond the most that are probed", () => {
    const facts = worldOf({});
    const targets = [
      {
        ...{ target: "gone.corp.example", port: 1688, service: "countersign" as const },
        resolution: { kind: "none" as const, reason: "DNS_NAME_NOT_FOUND" as const, detail: "ENOTFOUND" },
      },
      {
        ...{ target: "late.corp.example", port: 1688, service: "countersign" as const },
        resolution: { kind: "not-probed" as const },
      },
    ];
    const domains = [domainWith(["gone.corp.example", "late.corp.example"])];
    const { hosts } = judgeHosts({ ...facts, targets, domains });
    assert.deepEqual(
      hosts.map(({ verdict, deletions }) => [verdict, deletions.length]),
      [
        ["stale", 1],
        ["not-probed", 0],
      ],
    );
  });

  it("what harms stands first, and every remedy but that of a good host says something", () => {
    const facts = worldOf({
      "a.corp.example": [[certified()]],
      "b.corp.example": [[REFUSED]],
      "c.corp.example": [[unverified("ISSUER_NOT_TRUSTED")]],
    });
    assert.deepEqual(
      judgeHosts(facts).hosts.map(({ verdict }) => verdict),
      ["uncertified", "stale", "ours"],
    );
    for (const [name, { remedy }] of Object.entries(VERDICTS)) assert.equal(remedy === "", name === "ours", name);
  });
});

describe("who we are", () => {
  const two = { "a.corp.example": [[certified()]], "b.corp.example": [[otherHost({ customerId: "c2".repeat(16) })]] };
  const verdicts = (ownHosts: typeof NAMED) =>
    judgeHosts(worldOf(two, { ownHosts })).hosts.map(({ target, verdict }) => `${target[0]} ${verdict}`);

  it("the customer of a host that was named as ours", () =>
    assert.deepEqual(verdicts(NAMED), ["b other-site", "a ours"]));

  it("of two customers, without a name, nobody says which", () => {
    assert.deepEqual(verdicts([]), ["a certified", "b certified"]);
    assert.equal(judgeHosts(worldOf(two)).site.basis, "unknown");
  });

  it("the only customer there is, when none was named", () => {
    const report = judgeHosts(worldOf({ "a.corp.example": [[certified()]], "b.corp.example": [[otherHost()]] }));
    assert.equal(report.site.basis, "only-customer");
    assert.ok(report.hosts.every(({ verdict }) => verdict === "ours"));
  });

  it("a host that was named and does not answer names nobody", () => {
    assert.deepEqual(verdicts([{ host: "kms1:1688", customers: [] }]), ["a certified", "b certified"]);
  });
});

describe("one host at two places", () => {
  const at = (nodeId: string, laterNodeId: string) => certified({ nodeId, laterNodeId });
  const verdictOf = (a: EndpointAnswer, b: EndpointAnswer) =>
    judgeHosts(worldOf({ "a.corp.example": [[a]], "b.corp.example": [[b]] })).hosts.map(({ verdict }) => verdict);

  it("the same process under two names is one host, and says so", () => {
    const { hosts } = judgeHosts(worldOf({ "a.corp.example": [[certified()]], "b.corp.example": [[certified()]] }));
    assert.deepEqual(
      hosts.map(({ verdict, sameAs }) => [verdict, sameAs]),
      [
        ["ours", ["b.corp.example:1688"]],
        ["ours", ["a.corp.example:1688"]],
      ],
    );
  });

  it("a copied directory: the same instance, two processes that both stand at a second question", () => {
    assert.deepEqual(verdictOf(at("aa", "aa"), at("bb", "bb")), ["clone", "clone"]);
  });

  it("a host that was started again between two questions is no copy", () => {
    assert.deepEqual(verdictOf(at("aa", "bb"), at("bb", "bb")), ["ours", "ours"]);
    assert.deepEqual(verdictOf(at("aa", ""), at("bb", "bb")), ["ours", "ours"]);
  });

  it("another instance of one host is a copy, and each names the other", () => {
    const copy = certified({ instanceId: "99".repeat(16) });
    const { hosts } = judgeHosts(worldOf({ "a.corp.example": [[certified()]], "b.corp.example": [[copy]] }));
    assert.deepEqual(
      hosts.map(({ because }) => because),
      [
        "another process answers as the same host at b.corp.example:1688 (192.0.2.17)",
        "another process answers as the same host at a.corp.example:1688 (192.0.2.1)",
      ],
    );
    assert.ok(hosts.every(({ sameAs, deletions }) => sameAs.length === 0 && deletions.length === 0));
  });

  it("a copy behind the same name is found too", () => {
    const facts = worldOf({ "a.corp.example": [[certified()], [certified({ instanceId: "99".repeat(16) })]] });
    assert.deepEqual(
      judgeHosts(facts).hosts.map(({ verdict }) => verdict),
      ["clone"],
    );
  });
});

describe("a judgement", () => {
  const answers = [
    ...[certified(), otherHost(), REFUSED, FOREIGN],
    ...[refusal("HOST_NOT_ENABLED"), unverified("CERTIFICATE_EXPIRED"), unverified("HEAD_MISMATCH")],
    certified({ customerId: "c2".repeat(16) }),
    certified({ instanceId: "99".repeat(16) }),
  ];

  it("is made for every target, does not depend on their order, and survives JSON", () => {
    const worlds = fc.dictionary(
      fc.constantFrom("a.corp.example", "b.corp.example", "c.corp.example"),
      fc.array(fc.array(fc.constantFrom(...answers), { maxLength: 3 }), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(worlds, (drawn) => {
        const facts = worldOf(drawn);
        const report = judgeHosts(facts);
        assert.equal(report.hosts.length, facts.targets.length);
        const turned = judgeHosts({ ...facts, targets: facts.targets.toReversed() });
        const verdicts = ({ hosts }: typeof report) => hosts.map(({ host, verdict }) => `${host} ${verdict}`);
        assert.deepEqual(verdicts(turned), verdicts(report));
        assert.deepEqual(judgeHosts(JSON.parse(JSON.stringify(facts))), report);
      }),
    );
  });
});
