import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ClockReading,
  confirmClock,
  type LicenseInput,
  type LicenseRecord,
  licenseNow,
  licenseStateOf,
  newLicenseRecord,
  observeClock,
  openTrustedClock,
  rearmsLeft,
  reduceLicense,
  startSeries,
  type TrustedClock,
} from "../src/index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const T0 = Date.UTC(2026, 0, 1);
const VALIDITY_MS = 180 * DAY_MS;
const GRACE_S = (30 * DAY_MS) / 1000;
const intervals = { retryS: 7_200, renewalS: (7 * DAY_MS) / 1000, jitterPct: 10 };
const policy = { covered: true, initialGraceS: GRACE_S, rearms: 3 };

/** What may happen to a machine. Times in ms. */
type Deed =
  | { readonly kind: "run"; readonly ms: number }
  | { readonly kind: "set-clock"; readonly byMs: number }
  | { readonly kind: "reboot"; readonly offMs: number }
  | { readonly kind: "contact"; readonly granted: boolean }
  | { readonly kind: "input"; readonly input: LicenseInput };

/** How far apart the looks of a running machine are at most: what one step may add to a licence unseen. */
const LONGEST_STEP_MS = 2 * DAY_MS;

/** One machine: real time, its three clocks, its record. */
class Machine {
  realMs = T0;
  offsetMs = 0;
  monotonicMs = 0;
  boot = 0;
  clock: TrustedClock;
  record: LicenseRecord = newLicenseRecord();
  /** Run and real time spent licensed since the last verified contact. */
  licensedRunMs = 0;
  licensedRealMs = 0;

  constructor() {
    this.clock = openTrustedClock(this.reading(), T0 - DAY_MS);
    this.apply({ kind: "key-installed", activationId: "a", partialKey: "7K2QX", policy });
  }

  reading(): ClockReading {
    return { wallMs: this.realMs + this.offsetMs, monotonicMs: this.monotonicMs, bootId: `${this.boot}` };
  }

  do(deed: Deed): void {
    switch (deed.kind) {
      case "run":
        this.run(deed.ms);
        break;
      case "set-clock":
        this.offsetMs += deed.byMs;
        this.apply({ kind: "tick" });
        break;
      case "reboot":
        this.realMs += deed.offMs;
        this.boot += 1;
        this.monotonicMs = 0;
        if (this.isLicensed()) this.licensedRealMs += deed.offMs;
        this.apply({ kind: "tick" });
        break;
      case "contact":
        this.contact(deed.granted);
        break;
      case "input":
        this.apply(deed.input);
        break;
    }
  }

  state() {
    return licenseStateOf(this.record, licenseNow(this.clock, this.reading()));
  }

  isLicensed(): boolean {
    return this.state().status === 1;
  }

  /** The status is what was told at the last look, as an application sees it. */
  private run(ms: number): void {
    const step = Math.min(LONGEST_STEP_MS, Math.max(10 * MINUTE_MS, Math.ceil(ms / 40)));
    for (let left = ms; left > 0; left -= step) {
      const passed = Math.min(left, step);
      if (this.isLicensed()) {
        this.licensedRunMs += passed;
        this.licensedRealMs += passed;
      }
      this.realMs += passed;
      this.monotonicMs += passed;
      this.apply({ kind: "tick" });
    }
  }

  private contact(granted: boolean): void {
    const series = startSeries(this.clock, this.reading());
    this.realMs += 1000;
    this.monotonicMs += 1000;
    this.clock = observeClock(this.clock, this.reading());
    const { clock, firstSend } = confirmClock(this.clock, this.reading(), series);
    this.clock = clock;
    this.licensedRunMs = 0;
    this.licensedRealMs = 0;
    const receivedMs = licenseNow(clock, this.reading()).atMs;
    const lease = { firstSend, receivedMs, validityS: VALIDITY_MS / 1000, graceS: GRACE_S };
    this.apply(granted ? { kind: "lease-verified", lease, intervals } : { kind: "count-report-verified", intervals });
  }

  private apply(input: LicenseInput): void {
    this.clock = observeClock(this.clock, this.reading());
    this.record = reduceLicense(this.record, input, licenseNow(this.clock, this.reading())).state;
  }
}

const run = fc.nat(60 * DAY_MS).map((ms): Deed => ({ kind: "run", ms }));
const setClock = fc
  .oneof(fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }), fc.integer({ min: -3000 * DAY_MS, max: 3000 * DAY_MS }))
  .map((byMs): Deed => ({ kind: "set-clock", byMs }));
const reboot = fc.nat(300 * DAY_MS).map((offMs): Deed => ({ kind: "reboot", offMs }));
const contact = fc.boolean().map((granted): Deed => ({ kind: "contact", granted }));
const unsigned = fc
  .constantFrom(
    { kind: "attempt-failed", trigger: "schedule", innerReasons: ["UNTRUSTED_HOST", "OVERLOADED"] } as const,
    { kind: "attempt-failed", trigger: "person", innerReasons: [] } as const,
  )
  .map((input): Deed => ({ kind: "input", input }));
const signedOrLocal = fc
  .oneof(
    fc.double({ min: 0, max: 1, noNaN: true }).map((score): LicenseInput => ({ kind: "machine-scored", score })),
    fc
      .nat(3000)
      .map((days): LicenseInput => ({ kind: "lease-host-revoked", serial: "5e", effectiveMs: T0 + days * DAY_MS })),
    fc.constantFrom<LicenseInput>(
      { kind: "rearm", applicationId: "b" },
      { kind: "generalize", applicationId: "b" },
      { kind: "key-removed" },
      { kind: "key-installed", activationId: "a", partialKey: "7K2QX", policy: { ...policy, rearms: 1001 } },
      { kind: "policy-read", policy: { ...policy, covered: false } },
      { kind: "policy-read", policy },
      { kind: "identity-redrawn" },
      { kind: "store-lost", rearmsUsed: 1 },
      { kind: "store-tampered" },
    ),
  )
  .map((input): Deed => ({ kind: "input", input }));
const life = fc.array(fc.oneof(run, setClock, reboot, contact, unsigned, signedOrLocal), { maxLength: 25 });

/** Lives the deeds and looks at the machine after each. */
function live(deeds: readonly Deed[], look: (machine: Machine, deed: Deed) => void): Machine {
  const machine = new Machine();
  for (const deed of deeds) {
    machine.do(deed);
    look(machine, deed);
  }
  return machine;
}

test("I29: a licensed machine holds a verified lease that is neither over, void, nor another machine's", () => {
  fc.assert(
    fc.property(life, (deeds) => {
      live(deeds, (machine) => {
        if (!machine.isLicensed()) return;
        const { lease, voided, moved, key } = machine.record;
        const now = licenseNow(machine.clock, machine.reading());
        assert.ok(lease !== undefined && key !== undefined && voided === undefined && moved === undefined);
        assert.ok(now.usedMs - lease.firstSend.usedMs < VALIDITY_MS);
        assert.ok(now.atMs - lease.firstSend.atMs < VALIDITY_MS);
      });
    }),
  );
});

test("I30: no unsigned input changes status, lease, identity or interval", () => {
  fc.assert(
    fc.property(life, unsigned, (deeds, deed) => {
      const machine = live(deeds, () => {});
      machine.do({ kind: "input", input: { kind: "tick" } });
      const before = machine.record;
      const state = machine.state();
      machine.do(deed);
      assert.deepEqual(machine.record, before);
      assert.deepEqual(machine.state(), state);
    }),
  );
});

test("I32: under any wall clock a running machine is licensed no longer than its validity after the last contact", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(run, run, setClock, contact, unsigned), { maxLength: 40 }), (deeds) => {
      live(deeds, (machine) =>
        assert.ok(machine.licensedRunMs <= VALIDITY_MS + LONGEST_STEP_MS, `${machine.licensedRunMs}`),
      );
    }),
  );
});

test("I32: a clock set back every day by as much as it ran prolongs nothing", () => {
  const days = fc.array(fc.integer({ min: 20 * HOUR_MS, max: 25 * HOUR_MS }), { minLength: 200, maxLength: 260 });
  fc.assert(
    fc.property(days, (ranMs) => {
      const story = ranMs.flatMap((ms): Deed[] => [
        { kind: "run", ms },
        { kind: "set-clock", byMs: -ms },
      ]);
      const machine = live([{ kind: "contact", granted: true }, ...story], () => {});
      assert.ok(machine.licensedRunMs <= VALIDITY_MS + LONGEST_STEP_MS);
      assert.ok(machine.licensedRunMs >= VALIDITY_MS - LONGEST_STEP_MS || machine.realMs - T0 < VALIDITY_MS);
    }),
    { numRuns: 20 },
  );
});

test("I32: across honest reboots it is licensed no longer than validity and the clock's tolerance", () => {
  // A wall clock within the tolerance of a dual-boot machine; off for less than the 400 days that are believed at once.
  const honest = fc.integer({ min: -13 * HOUR_MS, max: 13 * HOUR_MS });
  fc.assert(
    fc.property(honest, fc.array(fc.oneof(run, reboot), { minLength: 3, maxLength: 12 }), (offsetMs, deeds) => {
      const story: readonly Deed[] = [
        { kind: "contact", granted: true },
        { kind: "set-clock", byMs: offsetMs },
        ...deeds,
      ];
      live(story, (machine, deed) => {
        // What passes while a machine is off is judged at the next look.
        if (deed.kind === "run") {
          assert.ok(machine.state().status !== 1 || machine.realMs - T0 <= VALIDITY_MS + 26 * HOUR_MS);
        }
      });
    }),
  );
});

test("I36: no life has more than three rearms, whatever policies and lost stores say", () => {
  fc.assert(
    fc.property(life, (deeds) => {
      let rearms = 0;
      live(deeds, (machine, deed) => {
        rearms = Math.max(rearms, machine.record.rearmsUsed);
        if (deed.kind === "input") assert.ok(rearmsLeft(machine.record) >= 0);
      });
      assert.ok(rearms <= 3);
    }),
  );
});

test("a clock that was wrong and is set right leaves the status a machine with a right clock has", () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 3000 }), fc.nat(22), (days, hours) => {
      const start: readonly Deed[] = [
        { kind: "contact", granted: true },
        { kind: "run", ms: 20 * DAY_MS },
      ];
      const jump: readonly Deed[] = [
        { kind: "set-clock", byMs: days * DAY_MS },
        { kind: "run", ms: hours * HOUR_MS },
        { kind: "set-clock", byMs: -days * DAY_MS },
      ];
      const wronged = live([...start, ...jump], () => {});
      const right = live([...start, { kind: "run", ms: hours * HOUR_MS }], () => {});
      assert.deepEqual(wronged.state(), right.state());
    }),
  );
});

test("the same life gives the same record: the machine's state depends on its inputs only", () => {
  fc.assert(
    fc.property(life, (deeds) => {
      assert.deepEqual(live(deeds, () => {}).record, live(deeds, () => {}).record);
    }),
  );
});

test("a record is plain values: kept as JSON it means the same", () => {
  fc.assert(
    fc.property(life, (deeds) => {
      const machine = live(deeds, () => {});
      const restored: LicenseRecord = JSON.parse(JSON.stringify(machine.record));
      const now = licenseNow(machine.clock, machine.reading());
      assert.deepEqual(licenseStateOf(restored, now), licenseStateOf(machine.record, now));
    }),
  );
});
