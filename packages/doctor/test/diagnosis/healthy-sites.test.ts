import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { APPLICATION_ID, DAY_MS, healthyFacts, healthyMachine, NOW_MS, without } from "../healthy-facts.ts";
import {
  all,
  attempt,
  type Change,
  client,
  count,
  DOMAIN,
  domain,
  generic,
  HOST_AT,
  HOST_NAME,
  host,
  hostUnheard,
  network,
  noCachedHost,
  onHost,
  product,
  records,
  SECOND_NAME,
  secondHost,
  state,
} from "./change-facts.ts";
import { diagnose } from "./diagnose.ts";

const NONE = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "ENOTFOUND" } as const;
const fixed = (at: string): Change => client((one) => ({ ...one, fixedHost: at, cachedHost: at }));

/** Sites that differ in everything an administrator may choose, and are well. */
const SITES: Readonly<Record<string, Change>> = {
  "one host in DNS, seen from a client that hears it": (facts) => facts,
  "seen from a client that hears nobody": hostUnheard,
  "seen from the host, with no client at hand": onHost,
  "seen from a machine that is neither": all(hostUnheard, (facts) => ({
    ...facts,
    clients: [],
    standpoint: "outside",
  })),
  "a fixed host, and nothing in DNS": all(
    fixed(HOST_AT),
    generic(DOMAIN, NONE),
    host((one) => ({ ...one, publishing: { isOn: false, domains: [] } })),
  ),
  "a fixed host by its address, on a machine in no domain": all(
    fixed("192.0.2.10:1688"),
    client((one) => ({ ...one, machine: healthyMachine({ domain: "" }) })),
    network((one) => ({
      ...one,
      targets: one.targets.map((target) => ({ ...target, target: "192.0.2.10" })),
      domains: [],
    })),
    host((one) => ({ ...one, publishing: { isOn: false, domains: [] } })),
  ),
  "a look-up domain, and nothing in the machine's own": all(
    client((one) => ({ ...one, lookupDomain: DOMAIN, machine: healthyMachine({ domain: "lab.example" }) })),
  ),
  "two hosts, the second standing by": all(
    secondHost,
    records(DOMAIN, { target: HOST_NAME, port: 1688 }, { target: SECOND_NAME, port: 1688, priority: 10 }),
  ),
  "the publisher's own name beside the generic one": domain(DOMAIN, (one) => ({
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
  })),
  "publishing off, and the record written by hand": host((one) => ({
    ...one,
    publishing: { isOn: false, domains: [] },
  })),
  "host caching off": client((one) => ({ ...one, hostCaching: false, cachedHost: "" })),
  "no agent: a program keeps its own licence": all(
    client((one) => ({ ...without(one, "agent"), from: "store" })),
    product((one) => without(one, "nextAttemptMs")),
  ),
  "a machine that is new, whose first attempt is to come": all(
    noCachedHost,
    state(2, "", 29),
    product((one) => without(one, "lastLeaseMs", "lastAnswer", "lastAttempt")),
  ),
  "a machine licensed by a MAK": product((one) => ({
    ...without(one, "nextAttemptMs", "lastLeaseMs", "lastAnswer", "lastAttempt", "expiresMs", "remainingMinutes"),
    channel: "MAK",
  })),
  "a machine whose only rearms are used and that is licensed": product((one) => ({ ...one, rearmsLeft: 0 })),
  "a short licence of an own policy, renewed in time": product((one) => ({
    ...one,
    ...{ renewalIntervalMinutes: 60, remainingMinutes: 1_300 },
    ...{ lastLeaseMs: NOW_MS - 3_600_000, expiresMs: NOW_MS + 1_300 * 60_000 },
  })),
  "a first attempt that failed, and a host that answers by now": all(
    attempt({ reason: "HOST_UNREACHABLE", detail: "refused" }),
    count({ applicationId: APPLICATION_ID }),
  ),
  "a certificate in its first days": host((one) => ({
    ...one,
    seats: one.seats.map((seat) => ({ ...seat, notAfterMs: NOW_MS + 364 * DAY_MS })),
  })),
};

describe("a site that is well", () => {
  for (const [name, change] of Object.entries(SITES)) {
    it(`has no failing finding: ${name}`, () => {
      const grave = diagnose(change(healthyFacts())).filter(({ finding }) => finding.gravity !== "notice");
      assert.deepEqual(
        grave.map(({ finding }) => `${finding.id}: ${finding.cause}`),
        [],
      );
    });
  }
});
