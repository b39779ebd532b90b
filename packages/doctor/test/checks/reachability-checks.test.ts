import { describe, it } from "node:test";
import type { EndpointAnswer } from "../../src/finder/facts.ts";
import {
  all,
  answers,
  attempt,
  client,
  FILTERED,
  FORGED,
  HOST_AT,
  host,
  hostStopped,
  hostUnheard,
  MUTE,
  network,
  REFUSED,
  records,
  SECOND_NAME,
  secondHost,
  target,
  UNREACHABLE,
  WEB_SERVER,
} from "../diagnosis/change-facts.ts";
import { DOMAIN, HOST_NAME, healthyFacts, PUBLISHER_ID } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const seen = (answer: EndpointAnswer) => answers(HOST_AT, answer)(healthyFacts());
const unheard = (answer: EndpointAnswer) => all(hostUnheard, answers(HOST_AT, answer))(healthyFacts());
const refuses = (reason: string): EndpointAnswer => ({
  kind: "refusal",
  publisherId: PUBLISHER_ID,
  reason,
  message: "",
});

describe("CS-RCH-002: the hosts that are asked take connections", () => {
  it("finds a reset where nothing shows that the host runs: nothing listens there", () => {
    says(finds("CS-RCH-002", unheard(REFUSED), "HOST_DOWN"), "error", {
      cause: /^nothing listens at kms1\.corp\.example:1688$/,
      remedy: /^countersign host serve$/,
      evidence: /\(192\.0\.2\.10\): the connection is refused/,
    });
  });

  it("finds a reset of a host that says it runs: then something on the way refuses", () => {
    says(finds("CS-RCH-002", seen(REFUSED), "PORT_REFUSED"), "error", {
      remedy: /tcp dport 1688 accept$/,
      evidence: /it runs: kms1\.corp\.example says that it listens on 0\.0\.0\.0:1688/,
    });
  });

  it("says nothing of a port that a setting names and the host has left: it answers at another, and the setting is wrong", () => {
    const left = target(HOST_NAME, 1999, "192.0.2.10", REFUSED);
    const facts = all(
      left,
      client((one) => ({ ...one, fixedHost: `${HOST_NAME}:1999`, cachedHost: "" })),
    )(healthyFacts());
    isGood("CS-RCH-002", facts);
    finds("CS-DSC-001", facts, "FIXED_HOST_GONE");
  });

  it("believes another port of the host that answers as well", () => {
    const facts = network((one) => ({
      ...one,
      targets: one.targets.map((target) => ({
        ...target,
        resolution: {
          ...{ kind: "addresses" as const, notProbed: 0 },
          endpoints: [{ address: "192.0.2.10", answers: [REFUSED], alive: "port 1689 answers" }],
        },
      })),
    }))(hostUnheard(healthyFacts()));
    says(finds("CS-RCH-002", facts, "PORT_REFUSED"), "error", { evidence: /it runs: port 1689 answers/ });
  });

  it("does not believe the files of a host that stands still", () => {
    says(finds("CS-RCH-002", hostStopped(healthyFacts()), "HOST_DOWN"), "error", { remedy: /host serve --data / });
  });

  it("finds silence and no way there as what they are", () => {
    says(finds("CS-RCH-002", unheard(FILTERED), "PORT_FILTERED"), "error", { remedy: /1688/ });
    says(finds("CS-RCH-002", unheard(UNREACHABLE), "HOST_UNROUTED"), "error", {
      remedy: /^ip route get 192\.0\.2\.10$/,
    });
  });

  it("leaves a host that is gone to its record while another serves, and still tells of a port that is closed", () => {
    const both = all(
      secondHost,
      records(DOMAIN, { target: HOST_NAME, port: 1688 }, { target: SECOND_NAME, port: 1688 }),
      answers(HOST_AT, FILTERED),
    );
    isGood("CS-RCH-002", all(hostUnheard, both)(healthyFacts()));
    says(finds("CS-RCH-002", both(healthyFacts()), "PORT_FILTERED"), "warning", { evidence: /another host serves/ });
  });

  it("reads the log of the last attempt where nobody probed", () => {
    const facts = all(
      hostUnheard,
      attempt({ reason: "HOST_UNREACHABLE", detail: "refused", address: "192.0.2.10" }),
      (given) => ({ ...given, network: undefined }),
    )(healthyFacts());
    says(finds("CS-RCH-002", facts, "HOST_DOWN"), "error", { evidence: /by the log of the last attempt/ });
  });

  it("says nothing where no host is known, and nothing of hosts that nobody asks", () => {
    const none = { ...healthyFacts({ network: undefined, hosts: [] }), clients: [] };
    isMoot("CS-RCH-002", none, /no host is known/);
    const elsewhere = all(
      hostUnheard,
      secondHost,
      answers(HOST_AT, REFUSED),
      client((one) => ({ ...one, fixedHost: `${SECOND_NAME}:1688` })),
    );
    isGood("CS-RCH-002", elsewhere(healthyFacts()));
  });
});

describe("CS-RCH-003 and CS-RCH-004: what answers is a host, and its replies arrive", () => {
  it("finds something else at a host's place", () => {
    says(finds("CS-RCH-003", unheard(WEB_SERVER), "WRONG_SERVICE"), "error", {
      evidence: /HTTP 404/,
      advice: /sport = :1688/,
    });
    says(finds("CS-RCH-003", unheard(refuses("NOT_A_HOST")), "WRONG_SERVICE"), "error", {});
  });

  it("finds a connection that nothing comes back over, a reset in the middle too", () => {
    const reset = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "reset" } as const;
    for (const answer of [MUTE, reset])
      says(finds("CS-RCH-004", unheard(answer), "REPLY_LOST"), "error", {
        remedy: /sport 1688 accept {2}# return traffic$/,
      });
  });
});

describe("CS-RCH-005 and CS-RCH-006: the hosts have time, and may license", () => {
  it("finds a busy host, which is no failure", () => {
    for (const reason of ["OVERLOADED", "RATE_LIMITED"]) {
      says(finds("CS-RCH-005", unheard(refuses(reason)), "HOST_BUSY"), "warning", { cause: new RegExp(reason) });
      isGood("CS-RCH-006", unheard(refuses(reason)));
    }
  });

  it("has a finding for everything that keeps a host from licensing", () => {
    const reasons = {
      HOST_NOT_ENABLED: "HOST_NOT_ENABLED_THERE",
      HOST_NOT_ACTIVATED: "HOST_NOT_ACTIVATED_THERE",
      HOST_CERT_EXPIRED: "HOST_CERTIFICATE_OVER_THERE",
      HOST_CLOCK_SUSPECT: "HOST_CLOCK_SUSPECT_THERE",
      STORE_UNAVAILABLE: "HOST_CANNOT_WORK_THERE",
      SIGNER_UNAVAILABLE: "HOST_CANNOT_WORK_THERE",
      UNKNOWN_PUBLISHER: "OTHER_PUBLISHERS_HOST",
      UNSUPPORTED_VERSION: "VERSIONS_APART",
    };
    for (const [reason, finding] of Object.entries(reasons))
      says(finds("CS-RCH-006", unheard(refuses(reason)), finding), "error", {
        evidence: new RegExp(`it refuses \\(${reason}`),
      });
  });

  it("takes a signature under an ended certificate for the host's, not for a false one", () => {
    const ended = { ...FORGED, reason: "CERTIFICATE_EXPIRED", detail: "ended" } as const;
    finds("CS-RCH-006", unheard(ended), "HOST_CERTIFICATE_OVER_THERE");
    isGood("CS-TRU-002", unheard(ended));
  });

  it("tells what only a request for a licence shows, though the host says who it is", () => {
    const facts = attempt({ reason: "STORE_UNAVAILABLE", detail: "the disk is full" })(healthyFacts());
    says(finds("CS-RCH-006", facts, "HOST_CANNOT_WORK_THERE"), "error", { evidence: /the disk is full\), by the log/ });
  });

  it("is content with a host that serves, whatever it told others", () => {
    isGood("CS-RCH-006", host((one) => one)(healthyFacts()));
  });
});
