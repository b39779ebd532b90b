import { describe, it } from "node:test";
import { healthyHost, withClient, withHost } from "../healthy-facts.ts";
import { finds, isGood, says } from "./finds.ts";

const DISK = { path: "/var/lib/countersign/host", freeBytes: 40e9, totalBytes: 100e9, writable: true };
const problem = (reason: string, detail = "host.db: what the driver says") => ({ reason, detail });

/** What the store says, the finding, and the command that mends it. */
const STORES = [
  [problem("STORE_CORRUPT"), "STORE_DAMAGED", /restore/],
  [problem("STORE_NEWER"), "STORE_NEWER", /upgrade/],
  [problem("STORE_LOCKED"), "STORE_LOCKED", /^fuser/],
  [problem("STORE_MISSING"), "STORE_GONE", /restore/],
  [problem("STORE_UNAVAILABLE", "read-only: host.db: attempt to write"), "STORE_READ_ONLY", /^mount -o remount,rw/],
  [
    problem("STORE_UNAVAILABLE", "read-only: host.db (EACCES)"),
    "STORE_READ_ONLY",
    /^chmod u\+rwx \/var\/lib\/countersign\/host$/,
  ],
  [problem("STORE_UNAVAILABLE", "failed: host.db: disk I/O error"), "STORE_UNUSABLE", /^ls -la/],
] as const;

describe("CS-STO-001: the host's store opens and can be written", () => {
  for (const [store, finding, remedy] of STORES)
    it(`${store.reason}, ${store.detail.split(":")[0]}: ${finding}, fatal, with its remedy`, () => {
      says(finds("CS-STO-001", withHost({ store }), finding), "fatal", { remedy, evidence: new RegExp(store.reason) });
    });

  it("a start that failed for its store says the same", () => {
    finds("CS-STO-001", withHost({ isRunning: false, startFailure: problem("STORE_CORRUPT") }), "STORE_DAMAGED");
  });

  it("a directory in which no file can be made is read-only, though no write was tried yet", () => {
    finds("CS-STO-001", withHost({ disk: { ...DISK, writable: false } }), "STORE_READ_ONLY");
  });

  it("a full disk is said by the check of disks, not as a store that cannot be written", () => {
    isGood("CS-STO-001", withHost({ disk: { ...DISK, writable: false, freeBytes: 0 } }));
    isGood("CS-STO-001", withHost({ store: problem("STORE_UNAVAILABLE", "full: host.db") }));
  });

  it("a store that its next start brings up to date is none to mend", () => {
    isGood("CS-STO-001", withHost({ store: problem("STORE_BEHIND") }));
  });

  it("a start that failed for another reason says nothing of the store", () => {
    isGood("CS-STO-001", withHost({ isRunning: false, startFailure: problem("PORT_IN_USE") }));
  });
});

describe("CS-STO-005: the client's store is there and can be written", () => {
  const table = [
    ["FILE_UNWRITABLE", "CLIENT_STORE_UNWRITABLE", /^chmod u\+rwx \/var\/lib\/countersign\/client$/],
    ["STORE_UNAVAILABLE", "CLIENT_STORE_UNWRITABLE", /^chmod/],
    ["STORE_MISSING", "CLIENT_STORE_LOST", /^countersign slmgr \/ato$/],
    ["LICENSE_STORE_TAMPERED", "CLIENT_STORE_LOST", /\/ato/],
    ["STORE_CORRUPT", "CLIENT_STORE_LOST", /\/ato/],
    ["STORE_NEWER", "CLIENT_STORE_NEWER", /upgrade/],
    ["STORE_LOCKED", "CLIENT_STORE_LOCKED", /^fuser/],
  ] as const;
  for (const [reason, finding, remedy] of table)
    it(`${reason}: ${finding}`, () => {
      says(finds("CS-STO-005", withClient({ store: problem(reason) }), finding), "error", { remedy });
    });

  it("a directory in which no file can be made is told before a renewal is lost for it", () => {
    finds("CS-STO-005", withClient({ disk: { ...DISK, writable: false } }), "CLIENT_STORE_UNWRITABLE");
  });

  it("a full disk is said by the check of disks", () => {
    isGood("CS-STO-005", withClient({ disk: { ...DISK, writable: false, freeBytes: 0 } }));
    isGood("CS-STO-005", withClient({ store: problem("STORE_UNAVAILABLE", "full: no space left") }));
  });

  it("a host's trouble is not the client's", () => {
    isGood("CS-STO-005", withHost({ ...healthyHost(), store: problem("STORE_CORRUPT") }));
  });
});
