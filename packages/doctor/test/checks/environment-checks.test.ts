import { describe, it } from "node:test";
import {
  HOUR_MS,
  healthyFacts,
  healthyHost,
  healthyMachine,
  healthySeat,
  hostEvent,
  NOW_MS,
  withClient,
  withHost,
  without,
  withSeat,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const disk = (freeBytes: number, writable = true) => ({
  path: "/var/lib/countersign/host",
  freeBytes,
  totalBytes: 100e9,
  writable,
});
const lowPriority = (source: string, place: string) => ({
  ...healthyHost().settings,
  lowPriority: { value: "on", source, place },
});

describe("CS-ENV-004: the disks of the stores have room", () => {
  it("200 MB are enough, one byte less is a warning, under 8 MB nothing goes", () => {
    isGood("CS-ENV-004", withHost({ disk: disk(200e6) }));
    says(finds("CS-ENV-004", withHost({ disk: disk(200e6 - 1) }), "DISK_LOW"), "warning", {
      cause: /only 199 MB left/,
    });
    finds("CS-ENV-004", withHost({ disk: disk(8e6) }), "DISK_LOW");
    says(finds("CS-ENV-004", withHost({ disk: disk(8e6 - 1) }), "DISK_FULL"), "fatal", {
      remedy: /^df -h \/var\/lib\/countersign\/host$/,
    });
  });

  it("a store that was refused room says so whatever is free", () => {
    finds(
      "CS-ENV-004",
      withHost({ store: { reason: "STORE_UNAVAILABLE", detail: "full: host.db: database or disk is full" } }),
      "DISK_FULL",
    );
  });

  it("a client's disk counts as a host's does", () => {
    says(finds("CS-ENV-004", withClient({ disk: disk(0) }), "DISK_FULL"), "fatal", {
      cause: /on pc-1\.corp\.example is full/,
    });
  });

  it("does not apply where no disk was seen", () => {
    const { hosts, clients } = healthyFacts();
    const blind = {
      hosts: hosts.map((one) => without(one, "disk")),
      clients: clients.map((one) => without(one, "disk")),
    };
    isMoot("CS-ENV-004", healthyFacts(blind), /no disk/);
  });
});

describe("CS-ENV-005: the machine has an address on the network", () => {
  it("none but loopback is an error, with the platform's own command to look", () => {
    const alone = healthyFacts({ machine: healthyMachine({ addresses: [] }) });
    says(finds("CS-ENV-005", alone, "NO_ADDRESS"), "error", { remedy: /^ip address show$/ });
    const windows = healthyFacts({ machine: healthyMachine({ addresses: [], platform: "win32" }) });
    says(finds("CS-ENV-005", windows, "NO_ADDRESS"), "error", { remedy: /^ipconfig/ });
  });

  it("a machine that serves itself on loopback needs none", () => {
    const machine = healthyMachine({ addresses: [] });
    const hosts = [healthyHost({ machine, listening: { address: "127.0.0.1", port: 1688 } })];
    const { clients } = withClient({ machine, fixedHost: "127.0.0.1:1688" });
    isGood("CS-ENV-005", healthyFacts({ machine, hosts, clients }));
  });

  it("does not apply where no machine was seen from within", () => {
    const { hosts, clients } = healthyFacts();
    const blind = {
      machine: undefined,
      hosts: hosts.map((one) => without(one, "machine")),
      clients: clients.map((one) => without(one, "machine")),
    };
    isMoot("CS-ENV-005", healthyFacts(blind), /no machine/);
  });
});

describe("CS-ENV-006: the host runs at normal priority", () => {
  it("low priority is a notice, and a warning once the host was overloaded in the last day", () => {
    const settings = lowPriority("store", "");
    says(finds("CS-ENV-006", withHost({ settings }), "LOW_PRIORITY"), "notice", {
      remedy: /^countersign slmgr \/spri --data /,
    });
    const overloaded = withHost({ settings, events: [hostEvent(30013, HOUR_MS)] });
    says(finds("CS-ENV-006", overloaded, "LOW_PRIORITY"), "warning", { evidence: /event 30013/ });
    says(
      finds("CS-ENV-006", withHost({ settings, events: [hostEvent(30013, 25 * HOUR_MS)] }), "LOW_PRIORITY"),
      "notice",
      {},
    );
  });

  it("an option that decides it is named, since /spri would be refused", () => {
    const settings = lowPriority("environment", "the environment variable COUNTERSIGN_LOW_PRIORITY");
    says(finds("CS-ENV-006", withHost({ settings }), "LOW_PRIORITY"), "notice", {
      advice: /COUNTERSIGN_LOW_PRIORITY decides it/,
    });
  });
});

describe("CS-ENV-007: the host is new enough for what it is asked for", () => {
  it("refusals with HOST_TOO_OLD are an error that names versions and machines", () => {
    const refusedLately = [{ reason: "HOST_TOO_OLD", count: 3, machines: ["pc-9"], detail: "0.1.0, needed 0.2.0" }];
    says(finds("CS-ENV-007", withSeat({ refusedLately }), "HOST_TOO_OLD"), "error", {
      cause: /\(0\.1\.0\) is too old.*needed 0\.2\.0/,
      evidence: /3 requests.*pc-9/,
      remedy: /npm install/,
    });
  });

  it("refusals for another reason are not its business", () => {
    const refusedLately = [{ reason: "GROUP_NOT_AUTHORIZED", count: 3, machines: [], detail: "" }];
    isGood("CS-ENV-007", withSeat({ refusedLately }));
    isGood("CS-ENV-007", withHost({ seats: [healthySeat(), healthySeat()], startedMs: NOW_MS }));
  });
});
