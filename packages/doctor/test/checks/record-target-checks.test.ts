import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import {
  all,
  answers,
  attempt,
  FORGED,
  HOST_AT,
  host,
  hostUnheard,
  network,
  noAddress,
  noCachedHost,
  REFUSED,
  records,
  SECOND_NAME,
  secondHost,
  target,
  UNREACHABLE,
} from "../diagnosis/change-facts.ts";
import { DOMAIN, HOST_NAME, healthyFacts, PUBLISHER_ID } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const OLD = "old.corp.example";
const oldBeside = all(
  target(OLD, 1688, "192.0.2.9", REFUSED),
  records(DOMAIN, { target: OLD, port: 1688 }, { target: HOST_NAME, port: 1688 }),
);

describe("CS-DNS-005: each record's target has an address", () => {
  const nameless = noAddress(HOST_AT, "DNS_NAME_NOT_FOUND", "ENOTFOUND");

  it("finds one without, and prints the record to add where its address is known", () => {
    says(finds("CS-DNS-005", nameless(healthyFacts()), "SRV_TARGET_UNRESOLVED"), "error", {
      remedy: /'update add kms1\.corp\.example\. 3600 A 192\.0\.2\.10'/,
    });
  });

  it("takes the address at which a machine reached it, and else asks for it", () => {
    const tried = all(nameless, hostUnheard, attempt({ address: "2001:db8::10" }))(healthyFacts());
    says(finds("CS-DNS-005", tried, "SRV_TARGET_UNRESOLVED"), "error", { remedy: / AAAA 2001:db8::10'/ });
    const unknown = all(nameless, hostUnheard)(healthyFacts());
    says(finds("CS-DNS-005", unknown, "SRV_TARGET_UNRESOLVED"), "error", { remedy: /^dig .* A kms1\.corp\.example$/ });
  });

  it("writes no odd name into a zone", () => {
    const odd = "kms1\nsend.corp.example";
    const facts = all(
      network((one) => ({ ...one, targets: one.targets.map((each) => ({ ...each, target: odd })) })),
      records(DOMAIN, { target: odd, port: 1688 }),
      noAddress(`${odd}:1688`, "DNS_NAME_NOT_FOUND", "ENOTFOUND"),
      attempt({ host: `${odd}:1688`, address: "192.0.2.10" }),
    )(healthyFacts());
    says(finds("CS-DNS-005", facts, "SRV_TARGET_UNRESOLVED"), "error", { remedy: /^dig / });
  });

  it("weighs it less where another host answers", () => {
    const facts = all(
      nameless,
      target(SECOND_NAME, 1688, "192.0.2.11", {
        ...{ kind: "refusal", publisherId: PUBLISHER_ID, reason: "OVERLOADED", message: "" },
      }),
      records(DOMAIN, { target: HOST_NAME, port: 1688 }, { target: SECOND_NAME, port: 1688 }),
    )(healthyFacts());
    says(finds("CS-DNS-005", facts, "SRV_TARGET_UNRESOLVED"), "warning", { effect: /other hosts answer/ });
  });

  it("does not blame the record where DNS failed over the name", () => {
    isGood("CS-DNS-005", noAddress(HOST_AT, "DNS_SERVER_FAILURE", "ESERVFAIL")(healthyFacts()));
    isMoot("CS-DNS-005", healthyFacts({ network: undefined }), /no record/);
  });
});

describe("CS-DNS-006: each record leads to a host that answers", () => {
  it("finds one that leads nowhere beside one that is good, and prints exactly its deletion", () => {
    const found = finds("CS-DNS-006", oldBeside(healthyFacts()), "SRV_STALE");
    says(found, "warning", { evidence: /old\.corp\.example:1688 \(192\.0\.2\.9\): the connection is refused/ });
    assert.equal(
      found.remedy,
      "printf '%s\\n' 'zone corp.example' 'update delete _countersign._tcp.corp.example. SRV 0 0 1688 old.corp.example.' 'send' | nsupdate",
    );
  });

  it("never has the only record deleted, nor that of a host which we know", () => {
    isGood("CS-DNS-006", all(hostUnheard, answers(HOST_AT, REFUSED))(healthyFacts()));
    const both = all(
      secondHost,
      records(DOMAIN, { target: HOST_NAME, port: 1688 }, { target: SECOND_NAME, port: 1688 }),
      answers(HOST_AT, REFUSED),
    );
    isGood("CS-DNS-006", both(healthyFacts()));
    says(finds("CS-DNS-006", all(hostUnheard, both)(healthyFacts()), "SRV_STALE"), "warning", {});
  });

  it("never has the good host's record deleted because a false one answers beside it", () => {
    const facts = all(
      hostUnheard,
      target("pc-7.corp.example", 1688, "192.0.2.77", FORGED),
      records(DOMAIN, { target: "pc-7.corp.example", port: 1688 }, { target: HOST_NAME, port: 1688 }),
      answers(HOST_AT, REFUSED),
      noCachedHost,
    )(healthyFacts());
    isGood("CS-DNS-006", facts);
    says(finds("CS-RCH-002", facts, "HOST_DOWN"), "error", { cause: /kms1/ });
  });

  it("never prints a name that holds what no command may", () => {
    const odd = "old`reboot`.corp.example";
    const facts = all(
      target(odd, 1688, "192.0.2.9", UNREACHABLE),
      records(DOMAIN, { target: odd, port: 1688 }, { target: HOST_NAME, port: 1688 }),
    )(healthyFacts());
    assert.equal(finds("CS-DNS-006", facts, "SRV_STALE").remedy, "");
  });
});

describe("CS-DNS-007: each record names its host's port", () => {
  const moved = all(
    network((one) => ({ ...one, targets: [] })),
    target(HOST_NAME, 1999, "192.0.2.10", REFUSED),
    records(DOMAIN, { target: HOST_NAME, port: 1999 }),
    noCachedHost,
  );

  it("finds the port at which the host says that it listens", () => {
    says(finds("CS-DNS-007", moved(healthyFacts()), "SRV_PORT_WRONG"), "error", {
      cause: /port 1999 of kms1\.corp\.example, whose host listens on 1688/,
      remedy: /SRV 0 0 1999 kms1\.corp\.example\.' 'send' \| nsupdate && countersign host dns publish --now/,
    });
  });

  it("switches publishing on where it is off: nothing is published by hand as long as it is", () => {
    const off = host((one) => ({ ...one, publishing: { isOn: false, domains: [] } }));
    says(finds("CS-DNS-007", all(moved, off)(healthyFacts()), "SRV_PORT_WRONG"), "error", {
      remedy: /&& countersign slmgr \/sdns(?: --data .*)?$/,
    });
  });

  it("finds the port at which the host answers, where it does not tell of itself", () => {
    const facts = all(
      hostUnheard,
      target(HOST_NAME, 1999, "192.0.2.10", REFUSED),
      records(DOMAIN, { target: HOST_NAME, port: 1999 }),
    )(healthyFacts());
    says(finds("CS-DNS-007", facts, "SRV_PORT_WRONG"), "error", { evidence: /listens on port 1688/ });
  });

  it("says nothing of a host that answers nowhere", () => {
    isGood("CS-DNS-007", all(hostUnheard, moved)(healthyFacts()));
    isGood(
      "CS-DNS-007",
      all(
        moved,
        host((one) => ({ ...one, isRunning: false })),
      )(healthyFacts()),
    );
  });
});

it("hundreds of records are judged in their number, not in its square", () => {
  const targets = (number: number) =>
    Array.from({ length: number }, (_, i) => ({ target: `old${i}.${DOMAIN}`, port: 1688 }));
  const facts = all(
    ...targets(256).map((one, i) => target(one.target, one.port, `198.51.100.${i % 250}`, REFUSED)),
    records(DOMAIN, ...targets(256), { target: HOST_NAME, port: 1688 }),
  )(healthyFacts());
  let looks = 0;
  const counted = new Proxy(facts, {
    get: (of, name, self) => {
      if (name === "clients") looks++;
      return Reflect.get(of, name, self);
    },
  });
  const check = ALL_CHECKS.find(({ id }) => id === "CS-DNS-006");
  const judgement = check?.judge(counted);
  assert.equal(judgement?.kind === "judged" && judgement.found.length, 256);
  // The machines are gone through for the records as a whole, and for the command of each.
  assert.ok(looks < 3 * 256, `expected fewer looks at the machines, found ${looks}`);
});
