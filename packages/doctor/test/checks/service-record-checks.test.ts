import { describe, it } from "node:test";
import { all, domain, generic, HOST_AT, hostUnheard, network, onHost, records } from "../diagnosis/change-facts.ts";
import { DOMAIN, HOST_NAME, healthyDomain, healthyFacts, withClient, withNetwork } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const NONE = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "ENOTFOUND" } as const;
const empty = generic(DOMAIN, NONE);
const many = (number: number) =>
  records(DOMAIN, ...Array.from({ length: number }, (_, i) => ({ target: `kms${i}.${DOMAIN}`, port: 1688 })));

describe("CS-DNS-003: each domain that is asked has records", () => {
  it("finds a domain without any, and who asks it", () => {
    const found = finds("CS-DNS-003", empty(healthyFacts()), "SRV_MISSING");
    says(found, "error", {
      remedy: /host dns publish --now --data /,
      evidence: /pc-1\.corp\.example asks corp\.example/,
    });
  });

  it("leaves the directory out where the host is not at hand", () => {
    says(finds("CS-DNS-003", all(empty, hostUnheard)(healthyFacts()), "SRV_MISSING"), "error", {
      remedy: /host dns publish --now$/,
    });
  });

  it("finds them in another zone, and leads the machine there", () => {
    const other = healthyDomain({
      ...{ domain: "other.example", zone: "other.example" },
      names: healthyDomain().names.map((name) => ({ ...name, name: name.name.replace(DOMAIN, "other.example") })),
    });
    const facts = all(
      empty,
      network((one) => ({ ...one, domains: [...one.domains, other] })),
    )(healthyFacts());
    says(finds("CS-DNS-003", facts, "SRV_IN_OTHER_ZONE"), "error", {
      remedy: /\/skms-domain other\.example$/,
      evidence: /other\.example: records lead to kms1/,
    });
  });

  it("finds a domain that declines, and prints the deletion of that record", () => {
    says(finds("CS-DNS-003", records(DOMAIN, { target: "", port: 0 })(healthyFacts()), "SRV_DECLINED"), "error", {
      remedy: /'update delete _countersign\._tcp\.corp\.example\. SRV 0 0 0 \.'/,
    });
  });

  it("is content with records under the publisher's own name", () => {
    const owned = domain(DOMAIN, (one) => ({
      ...one,
      names: one.names.map((name) =>
        name.service === "own"
          ? {
              ...name,
              answer: {
                ...{ kind: "records" as const, owner: name.name },
                records: [{ target: HOST_NAME, port: 1688, priority: 0, weight: 0 }],
              },
            }
          : name,
      ),
    }));
    isGood("CS-DNS-003", all(empty, owned)(healthyFacts()));
  });

  it("says nothing of a domain that nobody asks, and nothing on the host, whose own check says it", () => {
    isMoot("CS-DNS-003", empty(withClient({ fixedHost: HOST_AT })), /fixed host/);
    isGood("CS-DNS-003", all(empty, onHost)(healthyFacts()));
  });
});

describe("CS-DNS-012: records are few", () => {
  it("finds more than a machine tries, and not as many", () => {
    says(finds("CS-DNS-012", many(17)(healthyFacts()), "TOO_MANY_RECORDS"), "warning", { cause: /17 records/ });
    isGood("CS-DNS-012", many(16)(healthyFacts()));
  });
});

describe("CS-DNS-013: Microsoft KMS beside us", () => {
  it("is told, and harms nothing", () => {
    const facts = withNetwork({
      domains: [
        healthyDomain({
          names: healthyDomain().names.map((name) =>
            name.service === "microsoft"
              ? {
                  ...name,
                  answer: {
                    ...{ kind: "records", owner: name.name },
                    records: [{ target: "dc1.corp.example", port: 1688, priority: 0, weight: 0 }],
                  },
                }
              : name,
          ),
        }),
      ],
    });
    says(finds("CS-DNS-013", facts, "MICROSOFT_KMS_BESIDE"), "notice", { evidence: /nothing was sent/ });
  });
});
