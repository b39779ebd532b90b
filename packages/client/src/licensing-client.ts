import type { LicenceFacts, Refusal } from "@countersign/domain";
import { type ActivationResult, type AttemptTrigger, attempt } from "./attempt.ts";
import type { ClientEvent } from "./client-event.ts";
import { installGivenKey, removeSetupKey } from "./install-key.ts";
import { type LeaseProof, leaseProofOf } from "./lease-proof.ts";
import { licenceFactsOf } from "./licence-facts.ts";
import { type LicenseReport, licenseReport } from "./license-report.ts";
import { lookAndAsk, nextLookInMs } from "./look.ts";
import { observePresent } from "./publisher-session.ts";
import { type RearmResult, rearm } from "./rearm.ts";
import type { SerialQueue } from "./serial-queue.ts";
import { draftOf, type Session, settle } from "./session.ts";

/** Done, or why not. */
export type KeyResult = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

/**
 * One product's licence on one machine, without a timer: who runs it calls `tick` whenever `nextTickInMs` is over. Calls
 * may overlap; they are carried out one after the other. Nothing here rejects for what a host, network or store does.
 */
export interface LicensingClient {
  status(): LicenseReport;
  /** What `/dlv` says of it. */
  facts(): LicenceFacts;
  /** The lease in force with all that proves it; undefined while there is none. */
  proof(): LeaseProof | undefined;
  /** Asks now when `interactive`, whatever was scheduled; else as the schedule's own attempt. Joins one under way. */
  activate(options?: { readonly interactive?: boolean }): Promise<ActivationResult>;
  /** Looks at the clocks, and asks when it is time to. */
  tick(): Promise<void>;
  /** Ms until `tick` has something to do; ten minutes at most. */
  nextTickInMs(): number;
  /** `byPerson`: no application replaces this key afterwards. */
  installKey(text: string, byPerson: boolean): Promise<KeyResult>;
  removeKey(): Promise<void>;
  /** The machine's rearm: a new CMID, and initial grace anew for every product of the store. */
  rearm(): Promise<RearmResult>;
  generalize(): Promise<RearmResult>;
  /** Returns what ends the listening. */
  onEvent(listener: (event: ClientEvent) => void): () => void;
  /** Saves the clock's last reading and lets the next process write. */
  close(): Promise<void>;
}

/** The client of one open product. `close`: what closing it means where it is opened. */
export function clientOf(session: Session, queue: SerialQueue, close: () => Promise<void>): LicensingClient {
  return new ProductClient(session, queue, close);
}

class ProductClient implements LicensingClient {
  readonly #session: Session;
  readonly #queue: SerialQueue;
  readonly close: () => Promise<void>;
  #attempt: Promise<ActivationResult> | undefined;

  constructor(session: Session, queue: SerialQueue, close: () => Promise<void>) {
    this.#session = session;
    this.#queue = queue;
    this.close = close;
  }

  status(): LicenseReport {
    return licenseReport(this.#session);
  }

  facts(): LicenceFacts {
    return licenceFactsOf(this.#session);
  }

  proof(): LeaseProof | undefined {
    return leaseProofOf(this.#session);
  }

  activate({ interactive = true }: { readonly interactive?: boolean } = {}): Promise<ActivationResult> {
    const trigger = { interactive, trigger: interactive ? "person" : "timer" };
    this.#attempt ??= this.#queue.run(() => this.#run(trigger));
    return this.#attempt;
  }

  tick(): Promise<void> {
    return this.#queue.run(() => lookAndAsk(this.#session, [this.#session]));
  }

  nextTickInMs(): number {
    return nextLookInMs(this.#session);
  }

  installKey(text: string, byPerson: boolean): Promise<KeyResult> {
    return this.#queue.run(async () => {
      const refusal = await installGivenKey(this.#session, { text, byPerson });
      return refusal === undefined ? { ok: true } : { ok: false, refusal };
    });
  }

  removeKey(): Promise<void> {
    return this.#queue.run(async () => {
      const present = observePresent(this.#session);
      const draft = removeSetupKey(draftOf(this.#session), this.#session, present);
      await settle(this.#session, draft, present, { binding: false });
      this.#session.leaseCertificate = undefined;
      this.#session.dueMonotonicMs = Number.POSITIVE_INFINITY;
    });
  }

  rearm(): Promise<RearmResult> {
    return this.#queue.run(() => rearm(this.#session, "rearm", { kind: "machine" }));
  }

  generalize(): Promise<RearmResult> {
    return this.#queue.run(() => rearm(this.#session, "generalize", { kind: "machine" }));
  }

  onEvent(listener: (event: ClientEvent) => void): () => void {
    this.#session.listeners.add(listener);
    return () => this.#session.listeners.delete(listener);
  }

  async #run(trigger: AttemptTrigger): Promise<ActivationResult> {
    try {
      return await attempt(this.#session, trigger);
    } finally {
      this.#attempt = undefined;
    }
  }
}
