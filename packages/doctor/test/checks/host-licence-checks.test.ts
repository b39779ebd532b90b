import { describe, it } from "node:test";
import {
  DAY_MS,
  healthyFacts,
  healthyHost,
  healthySeat,
  NOW_MS,
  withHost,
  without,
  withSeat,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

describe("CS-HST-001: a host key is installed", () => {
  it("none at all is fatal, with the command that installs one", () => {
    says(finds("CS-HST-001", withSeat({ partialKey: "" }), "HOST_KEY_MISSING"), "fatal", {
      cause: /^no host key is installed on the host kms1/,
      remedy: /^countersign slmgr \/ipk HOST-KEY --data /,
      evidence: /it knows Example/,
    });
    says(finds("CS-HST-001", withHost({ seats: [] }), "HOST_KEY_MISSING"), "fatal", {
      evidence: /no trust file was added/,
    });
  });

  it("a second publisher without a key is a warning once its machines ask, and nothing before", () => {
    const other = healthySeat({ publisherName: "Other", partialKey: "" });
    isGood("CS-HST-001", withHost({ seats: [healthySeat(), other] }));
    const refusedLately = [{ reason: "HOST_NOT_ENABLED", count: 2, machines: ["pc-3"], detail: "" }];
    says(
      finds("CS-HST-001", withHost({ seats: [healthySeat(), { ...other, refusedLately }] }), "HOST_KEY_MISSING"),
      "warning",
      {
        cause: /no host key of Other/,
      },
    );
  });

  it("a store that could not be opened says nothing of keys", () => {
    isGood("CS-HST-001", withHost({ seats: [], store: { reason: "STORE_CORRUPT", detail: "" } }));
  });
});

describe("CS-HST-002: the publisher has activated the host", () => {
  const unlicensed = { hostStatus: "unlicensed", reason: "HOST_NOT_ACTIVATED" } as const;

  it("a key that is not activated is fatal; what the publisher answered is told", () => {
    const seat = without(
      healthySeat({
        ...unlicensed,
        publisher: { reachable: false, reason: "PUBLISHER_UNREACHABLE", detail: "ECONNREFUSED" },
      }),
      "notAfterMs",
    );
    says(finds("CS-HST-002", withHost({ seats: [seat] }), "HOST_NOT_ACTIVATED"), "fatal", {
      remedy: /^countersign host activate --data /,
      advice: /PUBLISHER_UNREACHABLE: ECONNREFUSED/,
      evidence: /key ending in 7K2QX/,
    });
  });

  for (const reason of ["CERTIFICATE_REVOKED", "LEASE_REVOKED", "KEY_REVOKED"])
    it(`${reason}: the activation was revoked, and another host is looked for`, () => {
      says(finds("CS-HST-002", withSeat({ hostStatus: "notification", reason }), "HOST_REVOKED"), "fatal", {
        remedy: /^countersign hosts find --domain corp\.example/,
      });
    });

  it("a certificate that has ended was activated once: that is the next check's", () => {
    isGood("CS-HST-002", withSeat({ ...unlicensed, notAfterMs: NOW_MS - 1 }));
  });

  it("a host that doubts its clock is not one that was never activated", () => {
    isGood("CS-HST-002", withSeat({ hostStatus: "unlicensed", reason: "HOST_CLOCK_SUSPECT" }));
  });

  it("does not apply without a key", () => {
    isMoot("CS-HST-002", withSeat({ partialKey: "" }), /no host with a host key/);
  });
});

describe("CS-HST-003: the certificate is in force for 90 days more", () => {
  it("90 days and a millisecond are good, 90 days are a warning, none are fatal", () => {
    isGood("CS-HST-003", withSeat({ notAfterMs: NOW_MS + 90 * DAY_MS + 1 }));
    says(finds("CS-HST-003", withSeat({ notAfterMs: NOW_MS + 90 * DAY_MS }), "CERTIFICATE_EXPIRING"), "warning", {
      cause: /ends on 2027-02-23, in 90 days/,
    });
    says(finds("CS-HST-003", withSeat({ notAfterMs: NOW_MS + 1 }), "CERTIFICATE_EXPIRING"), "warning", {
      cause: /in 1 day$/,
    });
    says(finds("CS-HST-003", withSeat({ notAfterMs: NOW_MS }), "CERTIFICATE_LAPSED"), "fatal", {
      remedy: /^countersign host activate/,
    });
  });

  it("the host's own time decides, not that of the doctor's machine", () => {
    const clock = { wallMs: NOW_MS, guardedMs: NOW_MS + 281 * DAY_MS, isSuspect: false };
    finds("CS-HST-003", withHost({ clock }), "CERTIFICATE_LAPSED");
    finds(
      "CS-HST-003",
      healthyFacts({ gatheredMs: NOW_MS + 281 * DAY_MS, hosts: [without(healthyHost(), "clock")] }),
      "CERTIFICATE_LAPSED",
    );
  });

  it("a host that says its certificate has ended is believed", () => {
    finds("CS-HST-003", withSeat({ reason: "HOST_CERT_EXPIRED" }), "CERTIFICATE_LAPSED");
  });
});
