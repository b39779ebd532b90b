import type { Cryptography, Signer } from "@countersign/domain";
import type { ProofPlatform } from "@countersign/protocol";

/** What a simulation is given of the platform. The cores are real; how much of the signatures is, the caller decides. */
export interface Platform {
  readonly cryptography: Cryptography;
  readonly scrypt: ProofPlatform["scrypt"];
  readonly drawKey: () => Signer;
  /** Resolves when everything that needs no clock has been done: `process.nextTick` or `setImmediate`. */
  readonly settle: () => Promise<void>;
}

/** A fleet, its network and what befalls it. Percentages are of calls in the network, of wake-ups in the machines. */
export interface Scenario {
  readonly seed: number;
  readonly machines: number;
  readonly days: number;
  readonly requiredCount: number;
  /** So many of the machines run a second publisher's product: same host, counted apart. */
  readonly secondVendor: number;
  /** Requests that never arrive, and as many replies. */
  readonly lossPct: number;
  /** Requests that arrive again within a day. */
  readonly duplicatePct: number;
  /** Requests that arrive up to a day late, when their sender has long asked again: after younger ones. */
  readonly delayPct: number;
  /** Requests whose CMID somebody on the wire then uses for requests of his own. */
  readonly spoofPct: number;
  /** Requests that somebody on the wire sends again, unchanged, within a month. */
  readonly replayPct: number;
  /** Calls that somebody answers who is no host of this publisher. */
  readonly roguePct: number;
  /** So many of the machines start from one image whose CMID was never generalized. */
  readonly clones: number;
  /** What the copies run on; "same": their firmware gives them all one identity, as careless hypervisors do. */
  readonly cloneHardware: "own" | "same";
  /** Machines of every fourth kind are put back to one of their last snapshots before they wake. */
  readonly restorePct: number;
  readonly rebootPct: number;
  /** The power goes while the disk is written: the write is there or is not, what was running is gone. */
  readonly crashPct: number;
  readonly rearmPct: number;
  /** The wall clock jumps by up to ten days either way, and back before the next wake-up but one. */
  readonly clockJumpPct: number;
  /** So many of the machines are switched off for good 35 days before the end. */
  readonly retired: number;
  /** Every machine boots in the same instant of these days. */
  readonly stormDays: readonly number[];
  /** The host answers nobody in these days. */
  readonly hostDownDays: readonly [from: number, to: number];
  /** Of days: the host process is replaced on the same store. */
  readonly hostRestartPct: number;
  /** The publisher defines one more product on these days and the host is handed the new trust file. */
  readonly policyDays: readonly number[];
}

/** A quiet fleet: what a scenario changes is what it is about. */
export const QUIET: Scenario = {
  seed: 1,
  machines: 30,
  days: 60,
  requiredCount: 25,
  secondVendor: 0,
  lossPct: 0,
  duplicatePct: 0,
  delayPct: 0,
  spoofPct: 0,
  replayPct: 0,
  roguePct: 0,
  clones: 0,
  cloneHardware: "own",
  restorePct: 0,
  rebootPct: 0,
  crashPct: 0,
  rearmPct: 0,
  clockJumpPct: 0,
  retired: 0,
  stormDays: [],
  hostDownDays: [0, 0],
  hostRestartPct: 0,
  policyDays: [],
};

/** Everything at once: what a year of a real site may bring, more often than it does. */
export const TROUBLED: Scenario = {
  ...QUIET,
  secondVendor: 10,
  lossPct: 10,
  duplicatePct: 5,
  delayPct: 5,
  spoofPct: 3,
  replayPct: 3,
  roguePct: 3,
  clones: 5,
  restorePct: 2,
  rebootPct: 5,
  crashPct: 1,
  rearmPct: 0.2,
  clockJumpPct: 1,
  retired: 3,
  stormDays: [20, 50],
  hostRestartPct: 5,
  policyDays: [15, 45],
};
