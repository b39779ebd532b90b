import { describe, it } from "node:test";
import {
  all,
  answers,
  attempt,
  attemptWithoutHost,
  HOST_AT,
  noCachedHost,
  REFUSED,
  state,
} from "../diagnosis/change-facts.ts";
import {
  clientEvent,
  DAY_MS,
  HOUR_MS,
  healthyClient,
  healthyFacts,
  healthyProduct,
  NOW_MS,
  withClient,
  without,
  withProduct,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

describe("CS-IDN-001 to 003: which machine it is", () => {
  it("finds hardware that is out of tolerance, by the machine's word or by the licence's", () => {
    says(finds("CS-IDN-001", withClient({ isMachineChanged: true }), "MACHINE_CHANGED"), "error", {
      remedy: /slmgr \/ato$/,
    });
    says(finds("CS-IDN-001", withProduct({ status: 3, reason: "MACHINE_CHANGED" }), "MACHINE_CHANGED"), "error", {
      evidence: /0xC004F00F/,
    });
  });

  it("finds a store of another machine", () => {
    says(finds("CS-IDN-002", withClient({ isStoreCopied: true }), "STORE_COPIED"), "error", {
      advice: /client generalize/,
    });
  });

  it("tells of a new CMID within 30 days, and warns of the third", () => {
    const drawn = (times: number, agoDays: number) =>
      withClient({
        events: Array.from({ length: times }, () => clientEvent(30019, agoDays * DAY_MS, { cause: "reidentify" })),
      });
    says(finds("CS-IDN-003", drawn(1, 3), "MACHINE_REIDENTIFIED"), "notice", { cause: /drew a new CMID once/ });
    says(finds("CS-IDN-003", drawn(3, 3), "MACHINE_REIDENTIFIED"), "warning", { cause: /3 times/ });
    isGood("CS-IDN-003", drawn(3, 31));
  });
});

describe("CS-IDN-004: rearms are left", () => {
  it("finds none left where the time is over or nearly", () => {
    says(
      finds("CS-IDN-004", withProduct({ rearmsLeft: 0, status: 5, reason: "GRACE_EXPIRED" }), "REARMS_USED_UP"),
      "warning",
      {},
    );
    finds("CS-IDN-004", withProduct({ rearmsLeft: 0, status: 2, remainingMinutes: 7 * 1_440 - 1 }), "REARMS_USED_UP");
    isGood("CS-IDN-004", withProduct({ rearmsLeft: 0, status: 2, remainingMinutes: 7 * 1_440 }));
    isGood("CS-IDN-004", withProduct({ rearmsLeft: 1, status: 5 }));
  });
});

describe("CS-KEY: the key of a product", () => {
  const offered = (reason: string) =>
    withProduct({ status: 0, reason: "", keyProblem: { reason, detail: "as it was typed" } });

  it("finds that there is none", () => {
    says(finds("CS-KEY-001", withProduct({ channel: "", partialKey: "" }), "SETUP_KEY_MISSING"), "error", {
      remedy: /slmgr \/ipk /,
    });
  });

  it("finds a key of another kind that does not license, and leaves one alone that does", () => {
    for (const channel of ["MAK", "retail", "host key"] as const) {
      says(finds("CS-KEY-002", withProduct({ channel, status: 0 }), "WRONG_KEY_KIND"), "error", {
        cause: new RegExp(channel),
      });
      isGood("CS-KEY-002", withProduct({ channel }));
    }
  });

  it("has a finding for each way in which a key is not taken", () => {
    finds("CS-KEY-002", offered("KEY_WRONG_KIND"), "WRONG_KEY_KIND");
    finds("CS-KEY-003", offered("EDITION_WITHOUT_CHANNEL"), "EDITION_WITHOUT_CHANNEL");
    finds("CS-KEY-004", offered("KEY_FOR_OTHER_PRODUCT"), "KEY_OF_OTHER_PRODUCT");
    finds("CS-KEY-004", offered("KEY_FOR_OTHER_PUBLISHER"), "KEY_OF_OTHER_PRODUCT");
    finds("CS-KEY-005", offered("KEY_INVALID"), "KEY_MISTYPED");
  });

  it("finds a setup key that the host does not accept, and an edition without the channel", () => {
    const facts = all(state(2, ""), attempt({ reason: "SETUP_KEY_NOT_ACCEPTED" }))(healthyFacts());
    says(finds("CS-KEY-004", facts, "KEY_OF_OTHER_PRODUCT"), "error", {
      evidence: /^kms1\.corp\.example:1688: SETUP_KEY/,
    });
    finds("CS-KEY-003", withProduct({ hasVolumeChannel: false, status: 0 }), "EDITION_WITHOUT_CHANNEL");
  });

  it("says nothing good of what nobody knows: a key that was typed, and channels that no signed policy names", () => {
    isMoot("CS-KEY-005", healthyFacts(), /no key is known that was typed/);
    isMoot("CS-KEY-003", withProduct({ hasVolumeChannel: undefined }), /no signed policy says/);
  });

  it("forgets a key that was not taken once another one licenses the product", () => {
    const facts = withProduct({ keyProblem: { reason: "KEY_INVALID", detail: "" } });
    for (const id of ["CS-KEY-002", "CS-KEY-003", "CS-KEY-004", "CS-KEY-005"] as const) isGood(id, facts);
  });
});

describe("CS-LIC: the licence", () => {
  it("has a finding for each state that is not licensed, with reason and code", () => {
    says(finds("CS-LIC-001", withProduct({ status: 0, reason: "KEY_NOT_INSTALLED" }), "NOT_LICENSED"), "error", {
      evidence: /KEY_NOT_INSTALLED \(0xC004F014\)/,
    });
    says(finds("CS-LIC-001", withProduct({ status: 5, reason: "GRACE_EXPIRED" }), "NOTIFICATION"), "error", {
      evidence: /0xC004F009/,
    });
    for (const status of [3, 4]) finds("CS-LIC-001", withProduct({ status }), "IN_GRACE");
  });

  it("lets a new machine have its month", () => {
    const days = (left: number) => withProduct({ status: 2, remainingMinutes: left * 1_440 });
    says(finds("CS-LIC-001", days(7), "IN_GRACE"), "notice", {});
    says(finds("CS-LIC-001", days(6.9), "IN_GRACE"), "error", {});
  });

  it("warns from the day on which 30 days are left, and of a short licence not from its first", () => {
    says(
      finds(
        "CS-LIC-002",
        withProduct({ remainingMinutes: 30 * 1_440 - 1, lastLeaseMs: NOW_MS - 150 * DAY_MS }),
        "EXPIRES_SOON",
      ),
      "warning",
      {},
    );
    isGood("CS-LIC-002", withProduct({ remainingMinutes: 30 * 1_440, lastLeaseMs: NOW_MS - 150 * DAY_MS }));
    isGood(
      "CS-LIC-002",
      withProduct({ remainingMinutes: 6 * 1_440, lastLeaseMs: NOW_MS - DAY_MS, expiresMs: NOW_MS + 6 * DAY_MS }),
    );
  });
});

describe("CS-RNW-001: renewals succeed", () => {
  it("finds the second renewal that is missed, by the time the machine believes", () => {
    const last = (agoMs: number) => withProduct({ lastLeaseMs: NOW_MS - agoMs });
    isGood("CS-RNW-001", last(14 * DAY_MS));
    says(finds("CS-RNW-001", last(14 * DAY_MS + 60_000), "RENEWAL_FAILING"), "warning", {
      cause: /last renewed 14 days ago/,
    });
    const believed = withClient({
      clock: { wallMs: NOW_MS, believedMs: NOW_MS + 20 * DAY_MS, isSuspect: true },
      products: [healthyProduct()],
    });
    finds("CS-RNW-001", believed, "RENEWAL_FAILING");
  });

  it("weighs more in the last 30 days", () => {
    const facts = withProduct({ lastLeaseMs: NOW_MS - 151 * DAY_MS, remainingMinutes: 29 * 1_440 });
    says(finds("CS-RNW-001", facts, "RENEWAL_FAILING"), "error", { effect: /in 29 days/ });
  });
});

describe("CS-RNW-002: an attempt is planned", () => {
  const unplanned = without(healthyProduct(), "nextAttemptMs");

  it("finds none, and one that was due an hour ago and not made", () => {
    says(finds("CS-RNW-002", withClient({ products: [unplanned] }), "NO_ATTEMPT_PLANNED"), "error", {
      remedy: /agent serve/,
    });
    finds("CS-RNW-002", withProduct({ nextAttemptMs: NOW_MS - HOUR_MS - 1 }), "NO_ATTEMPT_PLANNED");
    isGood("CS-RNW-002", withProduct({ nextAttemptMs: NOW_MS - HOUR_MS }));
  });

  it("starts the agent as it was started", () => {
    const agent = { isRunning: false, command: "countersign agent serve --trust /etc/c" };
    says(finds("CS-RNW-002", withClient({ products: [unplanned], agent }), "NO_ATTEMPT_PLANNED"), "error", {
      remedy: /^countersign agent serve --trust \/etc\/c$/,
    });
  });

  it("expects none of a MAK, of a product without a key, or where no agent is set up", () => {
    isGood("CS-RNW-002", withClient({ products: [{ ...unplanned, channel: "MAK" }] }));
    isGood("CS-RNW-002", withClient({ products: [{ ...unplanned, channel: "" }] }));
    const own = without(healthyClient({ from: "store", products: [unplanned] }), "agent");
    isMoot("CS-RNW-002", healthyFacts({ clients: [own] }), /no agent plans/);
  });
});

describe("CS-RNW-003: the last attempt had an answer", () => {
  it("finds one that failed, with the code of each host", () => {
    const facts = all(
      answers(HOST_AT, REFUSED),
      attempt(
        { reason: "HOST_UNREACHABLE", detail: "refused" },
        { host: "kms2.corp.example:1688", why: "discovered", reason: "UNTRUSTED_HOST", inner: "SIGNATURE_INVALID" },
      ),
    )(healthyFacts());
    says(finds("CS-RNW-003", facts, "ATTEMPT_FAILED"), "error", {
      cause: /\(HOST_UNREACHABLE, UNTRUSTED_HOST\)/,
      evidence:
        /kms1\.corp\.example:1688 \(cached\): HOST_UNREACHABLE 0x800706BA \(refused\)\nkms2\.corp\.example:1688 \(discovered\): UNTRUSTED_HOST, SIGNATURE_INVALID 0xE0C5/,
    });
  });

  it("finds one that found nobody to ask", () => {
    const facts = all(
      noCachedHost,
      answers(HOST_AT, REFUSED),
      attemptWithoutHost("DNS_NAME_NOT_FOUND", ""),
    )(healthyFacts());
    says(finds("CS-RNW-003", facts, "ATTEMPT_FAILED"), "error", { cause: /\(DNS_NAME_NOT_FOUND\)/ });
  });

  it("takes one for history where a host answers by now", () => {
    const facts = attempt({ reason: "HOST_UNREACHABLE", detail: "refused" })(healthyFacts());
    says(finds("CS-RNW-003", facts, "ATTEMPT_FAILED"), "notice", { effect: /a host answers now/ });
  });

  it("takes one verified answer for success, and no attempt for none", () => {
    isGood("CS-RNW-003", attempt({ reason: "TIMEOUT" }, { host: "kms2.corp.example:1688" })(healthyFacts()));
    isGood("CS-RNW-003", withClient({ products: [without(healthyProduct(), "lastAttempt")] }));
  });
});
