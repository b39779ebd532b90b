import type { Cryptography, Signer } from "@countersign/domain";
import type { ProofPlatform } from "@countersign/protocol";

/** What a simulation is given of the platform: the cores are real, so are their signatures. */
export interface Platform {
  readonly cryptography: Cryptography;
  readonly scrypt: ProofPlatform["scrypt"];
  readonly drawKey: () => Signer;
}

/** A fleet, its network and what befalls it. */
export interface Scenario {
  readonly seed: number;
  readonly machines: number;
  readonly days: number;
  readonly requiredCount: number;
  /** Percent of requests that never arrive, and of replies. */
  readonly lossPct: number;
  /** Percent of requests that arrive again up to a day later. */
  readonly duplicatePct: number;
  /** So many of the machines start from one image whose CMID was never generalized. */
  readonly clones: number;
  /** Percent of attempts before which the machine was put back to an earlier snapshot. */
  readonly restorePct: number;
  /** The host answers nobody in these days. */
  readonly hostDownDays?: readonly [from: number, to: number];
  /** For mutants: a client whose disk forgets everything after its first days. */
  readonly forgetfulDisks?: boolean;
}

/** A quiet fleet: what a scenario changes is what it is about. */
export const QUIET: Scenario = {
  seed: 1,
  machines: 30,
  days: 60,
  requiredCount: 25,
  lossPct: 0,
  duplicatePct: 0,
  clones: 0,
  restorePct: 0,
};
