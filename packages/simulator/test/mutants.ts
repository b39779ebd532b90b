import type { InvariantId, Scenario } from "../src/index.ts";
// Not through the front door: the cores must not be loaded before they are changed.
import { QUIET, TROUBLED } from "../src/scenario.ts";

/** One line of the cores made wrong, and the scenario that must see it. */
export interface Mutant {
  /** From the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  readonly scenario: Partial<Scenario> & Pick<Scenario, "seed">;
  /** At least one of these must complain. */
  readonly seen: readonly InvariantId[];
}

const SMALL = { ...TROUBLED, seed: 11, machines: 30, days: 30, requiredCount: 8 };
const CALM = { ...QUIET, seed: 11, machines: 12, days: 10, requiredCount: 8 };

const REPEATING = { ...CALM, duplicatePct: 80 };

/** A mutant for each promise the simulation guards: one that passes unseen shows that the simulation looks away. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  "advances-on-stale-proofs": {
    file: "packages/domain/src/lineage.ts",
    from: "if (behind < 0)",
    to: "if (behind !== 0)",
    scenario: SMALL,
    seen: ["I28"],
  },
  "fresh-nonce-at-each-retry": {
    file: "packages/client/src/attempt-series.ts",
    from: "if (!product.series.nonceRefused) return true;",
    to: "if (!product.series.nonceRefused) return false;",
    scenario: { ...CALM, machines: 30, days: 120, lossPct: 20 },
    seen: ["I25"],
  },
  "counts-before-the-asker": {
    file: "packages/domain/src/client-count.ts",
    from: "const active = window.machines.size + (joins ? 1 : 0);",
    to: "const active = window.machines.size + (joins ? 0 : 0);",
    scenario: CALM,
    seen: ["I10", "I11", "I16"],
  },
  "counts-every-publisher-together": {
    file: "packages/host/src/core/batch-record.ts",
    from: "=> `${",
    to: "=> '' && `${",
    scenario: { ...CALM, secondVendor: 4 },
    seen: ["I9", "I13", "I16", "I19", "I20"],
  },
  "never-forgets-the-silent": {
    file: "packages/domain/src/client-count.ts",
    from: "if (lastSeenMs > nowMs - COUNT_WINDOW_MS) return;\n    window.machines.delete(cmid);",
    to: "return;",
    scenario: { ...CALM, days: 70, retired: 6 },
    seen: ["I13", "I16"],
  },
  "grants-one-below": {
    file: "packages/domain/src/decide-activation.ts",
    from: 'count >= requiredCount ? "lease"',
    to: 'count + 1 >= requiredCount ? "lease"',
    scenario: CALM,
    seen: ["I20"],
  },
  "replays-count-as-contacts": {
    file: "packages/domain/src/decide-activation.ts",
    from: 'const refreshesContact = verdict.kind === "advance" || ',
    to: "const refreshesContact = true || ",
    scenario: SMALL,
    seen: ["I28"],
  },
  "stale-request-takes-the-nonce": {
    file: "packages/host/src/core/machine-row.ts",
    from: "if (machine !== undefined && !decision.adoptsComponents) {",
    to: "if (machine === undefined && !decision.adoptsComponents) {",
    scenario: SMALL,
    seen: ["I25", "I28"],
  },
  "proves-no-inclusion": {
    file: "packages/protocol/src/statements/verify-statement.ts",
    from: "if (!verifyInclusion(leaf, proof, head.value, cryptography.sha256))",
    to: "if (head.value.treeSize < 1)",
    scenario: { ...SMALL, roguePct: 20 },
    seen: ["I29", "I30"],
  },
  "host-time-raises-the-floor": {
    file: "packages/client/src/take-statement.ts",
    from: "const { clock } = confirmation;",
    to: "const clock = { ...confirmation.clock, floorMs: reading.wallMs };",
    scenario: CALM,
    seen: ["I34"],
  },
  "suspects-its-clock-for-ever": {
    file: "packages/domain/src/trusted-clock.ts",
    from: "{ ...clock, suspectSinceUsedMs: undefined, jump: undefined,",
    to: "{ ...clock, jump: undefined,",
    scenario: { ...CALM, machines: 2, requiredCount: 1, days: 2, clockJumpPct: 50 },
    seen: ["I33"],
  },
  "older-documents-win": {
    file: "packages/client/src/newest-trust.ts",
    from: "return outcome.ok ? outcome.value : embedded;",
    to: "return embedded;",
    scenario: { ...SMALL, policyDays: [5, 10], rebootPct: 30 },
    seen: ["I8"],
  },
  "tells-no-client-of-newer-documents": {
    file: "packages/host/src/core/seal.ts",
    from: "policyVersion >= (productOf(seat.trust, productId)?.policyVersion ?? 0)",
    to: "policyVersion >= 0",
    scenario: { ...CALM, days: 30, policyDays: [12] },
    seen: ["documents"],
  },
  "counts-once-more-for-a-repeat": {
    file: "packages/host/src/core/decide-request.ts",
    from: "const decision = { kind, seq: machine.seq, count, requiredCount, validityS } as const;",
    to: "const decision = { kind, seq: machine.seq, count: count + 1, requiredCount, validityS } as const;",
    scenario: REPEATING,
    seen: ["I12"],
  },
  "numbers-a-repeat-anew": {
    file: "packages/host/src/core/decide-request.ts",
    from: "const decision = { kind, seq: machine.seq, count, requiredCount, validityS } as const;",
    to: "const decision = { kind, seq: machine.seq + 1, count, requiredCount, validityS } as const;",
    scenario: REPEATING,
    seen: ["I23"],
  },
  "takes-other-bytes-for-the-same": {
    file: "packages/domain/src/decide-activation.ts",
    from: "if (!equalBytes(machine.lastRequestHash, ask.requestHash)) return",
    to: "if (ask.nonce.length === 0) return",
    scenario: { ...CALM, spoofPct: 100 },
    seen: ["I24"],
  },
  "takes-the-holder-for-a-copy": {
    file: "packages/domain/src/lineage.ts",
    from: "const behind = row.seq - proven.seq;",
    to: "const behind = row.seq - proven.seq + 1;",
    scenario: { ...CALM, days: 30 },
    seen: ["I27"],
  },
  "leases-that-never-end": {
    file: "packages/domain/src/license-status.ts",
    from: "const valid = periodOf(lease.firstSend, lease.validityS, now)",
    to: "const valid = periodOf(lease.firstSend, lease.validityS * 10, now)",
    scenario: { ...CALM, machines: 9, days: 200, hostDownDays: [2, 200] },
    seen: ["I32"],
  },
  "renews-every-minute": {
    file: "packages/domain/src/renewal-schedule.ts",
    from: "return clampIntervalS(wait.intervalS) * 1000 *",
    to: "return 20_000 *",
    scenario: { ...CALM, days: 1, machines: 1, requiredCount: 1 },
    seen: ["I37"],
  },
  "asks-without-a-pause": {
    file: "packages/domain/src/renewal-schedule.ts",
    from: "return clampIntervalS(wait.intervalS) * 1000 *",
    to: "return 0 *",
    scenario: { ...CALM, days: 1, machines: 1, requiredCount: 1 },
    seen: ["spin"],
  },
  "counts-by-the-day": {
    file: "packages/domain/src/client-count.ts",
    from: "return Math.min(window.machines.size, 2 * largestRequired(window, nowMs));",
    to: "return Math.min(window.machines.size, 2 * largestRequired(window, nowMs)) + (Math.floor(nowMs / 86_400_000) % 2);",
    scenario: CALM,
    seen: ["I14"],
  },
  "counts-one-for-ever": {
    file: "packages/domain/src/client-count.ts",
    from: "return Math.min(window.machines.size, 2 * largestRequired(window, nowMs));",
    to: "return Math.max(1, Math.min(window.machines.size, 2 * largestRequired(window, nowMs)));",
    scenario: CALM,
    seen: ["I15"],
  },
  "never-retires-copies": {
    file: "packages/domain/src/lineage.ts",
    from: "if (recent.length >= MAX_RESYNCS)",
    to: "if (recent.length >= 1000)",
    scenario: { ...CALM, clones: 4, cloneHardware: "same", days: 60 },
    seen: ["I26"],
  },
  "signs-what-it-did-not-write": {
    file: "packages/host/src/core/batch-record.ts",
    from: "if (saved.length > 0) await unit.saveMachines(saved);",
    to: "if (saved.length > 1) await unit.saveMachines(saved);",
    scenario: CALM,
    seen: ["I21"],
  },
  "forgets-a-request-in-the-log": {
    file: "packages/host/src/core/batch-record.ts",
    from: "const ids = events.length > 0 ? await unit.appendEvents(events) : [];",
    to: "const ids = events.length > 0 ? await unit.appendEvents(nowMs % 7 === 0 ? [] : events) : [];",
    scenario: CALM,
    seen: ["books"],
  },
  "rearms-without-end": {
    file: "packages/domain/src/license-transitions.ts",
    from: "const left = rearmsLeft(record) - cost;",
    to: "const left = rearmsLeft(record);",
    scenario: { ...CALM, rearmPct: 50 },
    seen: ["I36"],
  },
  "fractional-clock": {
    file: "packages/simulator/src/site.ts",
    // Guarded time runs on the monotonic clock once the wall has jumped.
    from: "{ wallMs: time.nowMs, monotonicMs: time.nowMs }",
    to: "{ wallMs: () => time.nowMs() + (time.nowMs() > 1_767_400_000_000 ? 36e6 : 0), monotonicMs: () => time.nowMs() + random.fraction() }",
    scenario: CALM,
    seen: ["faults", "I28"],
  },
};
