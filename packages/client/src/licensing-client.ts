import type { Refusal } from "@countersign/domain";
import { type ActivationResult, type AttemptTrigger, attempt } from "./attempt.ts";
import type { ClientEvent } from "./client-event.ts";
import { hostsToAsk, readyHosts } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import { installSetupKey, removeSetupKey } from "./install-key.ts";
import { type LicenseReport, licenseReport, statusOf } from "./license-report.ts";
import type { LicensingPorts, LicensingSettings } from "./licensing-ports.ts";
import { openSession } from "./open-session.ts";
import { type RearmResult, rearmMachine } from "./rearm-machine.ts";
import { observePresent, productIn, reduceDraft, type Session, save, settle } from "./session.ts";

/** A key was installed, or why not. */
export type KeyResult = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

/**
 * One product's licence on one machine, without a timer: who runs it calls `tick` whenever `nextTickInMs` is over. Calls
 * may overlap; they are carried out one after the other. Nothing here rejects for what a host, network or store does.
 */
export interface LicensingClient {
  status(): LicenseReport;
  /** Asks now when `interactive`, whatever was scheduled; else as the schedule's own attempt. Joins one under way. */
  activate(options?: { readonly interactive?: boolean }): Promise<ActivationResult>;
  /** Looks at the clocks, and asks when it is time to. */
  tick(): Promise<void>;
  /** Ms until `tick` has something to do; ten minutes at most. */
  nextTickInMs(): number;
  /** `byPerson`: no application replaces this key afterwards. */
  installKey(text: string, byPerson: boolean): Promise<KeyResult>;
  removeKey(): Promise<void>;
  rearm(): Promise<RearmResult>;
  generalize(): Promise<RearmResult>;
  /** Returns what ends the listening. */
  onEvent(listener: (event: ClientEvent) => void): () => void;
  /** Saves the clock's last reading and lets the next process write. */
  close(): Promise<void>;
}

/** An open client, or why the vendor's arguments allow none. */
export type OpenedClient =
  | { readonly ok: true; readonly client: LicensingClient }
  | { readonly ok: false; readonly refusal: Refusal };

const LONGEST_TICK_MS = 600_000;
const SAVE_EVERY_MS = 3_600_000;

/** Opens the licence of one product. */
export async function openLicensingClient(ports: LicensingPorts, settings: LicensingSettings): Promise<OpenedClient> {
  const opened = await openSession(ports, settings);
  return opened.ok ? { ok: true, client: new OpenClient(opened.session) } : opened;
}

class OpenClient implements LicensingClient {
  readonly #session: Session;
  #last: Promise<unknown> = Promise.resolve();
  #attempt: Promise<ActivationResult> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  status(): LicenseReport {
    return licenseReport(this.#session);
  }

  activate({ interactive = true }: { readonly interactive?: boolean } = {}): Promise<ActivationResult> {
    const trigger = { interactive, trigger: interactive ? "person" : "timer" };
    this.#attempt ??= this.#next(() => this.#run(trigger));
    return this.#attempt;
  }

  tick(): Promise<void> {
    return this.#next(async () => {
      await reload(this.#session);
      await lookAtClock(this.#session);
      if (isDue(this.#session)) await attempt(this.#session, { interactive: false, trigger: "timer" });
    });
  }

  nextTickInMs(): number {
    const { dueMonotonicMs, ports } = this.#session;
    const untilDueMs = asks(this.#session) ? dueMonotonicMs - ports.clock.monotonicMs() : LONGEST_TICK_MS;
    const untilEndMs = statusOf(this.#session).remainingMs ?? LONGEST_TICK_MS;
    return Math.max(0, Math.min(LONGEST_TICK_MS, untilDueMs, untilEndMs));
  }

  installKey(text: string, byPerson: boolean): Promise<KeyResult> {
    return this.#next(async () => {
      const present = observePresent(this.#session);
      const draft = { state: this.#session.state, effects: [] };
      const installed = installSetupKey(draft, this.#session, { text, byPerson }, present);
      if (!installed.ok) return installed;
      await settle(this.#session, installed.draft, present, { binding: false });
      return { ok: true };
    });
  }

  removeKey(): Promise<void> {
    return this.#next(async () => {
      const present = observePresent(this.#session);
      const draft = removeSetupKey({ state: this.#session.state, effects: [] }, this.#session, present);
      await settle(this.#session, draft, present, { binding: false });
      this.#session.leaseCertificate = undefined;
      this.#session.dueMonotonicMs = Number.POSITIVE_INFINITY;
    });
  }

  rearm(): Promise<RearmResult> {
    return this.#next(() => rearmMachine(this.#session, "rearm"));
  }

  generalize(): Promise<RearmResult> {
    return this.#next(() => rearmMachine(this.#session, "generalize"));
  }

  onEvent(listener: (event: ClientEvent) => void): () => void {
    this.#session.listeners.add(listener);
    return () => this.#session.listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#next(async () => {
      const present = observePresent(this.#session);
      if (this.#session.degraded === undefined) await save(this.#session, this.#session.state, present);
      await this.#session.ports.store.close();
    });
  }

  async #run(trigger: AttemptTrigger): Promise<ActivationResult> {
    try {
      return await attempt(this.#session, trigger);
    } finally {
      this.#attempt = undefined;
    }
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step, step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Another process had the store, or it could not be read: what is there now may be newer than what is shown. */
async function reload(session: Session): Promise<void> {
  if (session.blocked === undefined && session.degraded?.problem !== "in-use") return;
  const again = await openSession(session.ports, session.settings, session);
  if (again.ok) Object.assign(session, again.session, { listeners: session.listeners, targets: session.targets });
}

/** Status is recomputed from the records at each tick; the clock's record is saved when it changed it, and hourly. */
async function lookAtClock(session: Session): Promise<void> {
  const present = observePresent(session);
  const draft = reduceDraft({ state: session.state, effects: [] }, session, { kind: "tick" }, present.now);
  if (draft.effects.length > 0) await settle(session, draft, present, { binding: false });
  else if (present.now.usedMs - session.savedUsedMs >= SAVE_EVERY_MS) await save(session, session.state, present);
}

/** A machine without a key, with a product no policy names or a store that cannot be used asks nobody by itself. */
function asks(session: Session): boolean {
  const { key, policy } = productIn(session.state, session).license;
  return session.blocked === undefined && key !== undefined && policy.covered;
}

/** True when the schedule says so by either clock and some host may be asked; else the attempt waits for the first that may. */
function isDue(session: Session): boolean {
  const { ports, state, settings, targets } = session;
  const product = productIn(state, session);
  if (!asks(session)) return false;
  const monotonicMs = ports.clock.monotonicMs();
  const { now } = observePresent(session);
  if (monotonicMs < session.dueMonotonicMs && now.atMs < product.nextAttemptMs) return false;
  const hosts = hostsToAsk(settings, state);
  if (hosts.length === 0 || readyHosts(hosts, targets, monotonicMs).length > 0) return true;
  const rests = hosts.map((host) => targets.get(formatHostTarget(host))?.notBeforeMs ?? 0);
  session.dueMonotonicMs = Math.min(...rests);
  return false;
}
