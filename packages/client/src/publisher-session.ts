import {
  type CatalogEvent,
  type ClockReading,
  EVENT,
  eventOf,
  type LicenseNow,
  licenseNow,
  observeClock,
  type Product,
  type RefusalReason,
} from "@countersign/domain";
import type { HostCertificate, TrustState, VerifiedCertificate } from "@countersign/protocol";
import { type ClientEvent, clientEvent } from "./client-event.ts";
import type { DnsAnswer } from "./host-resolver.ts";
import type { LicensingPorts, PublisherOptions } from "./licensing-ports.ts";
import type { MachineReading } from "./machine-identity.ts";
import type { EffectiveSettings } from "./settings/effective-settings.ts";
import { mergeMarkers, type TrustedState } from "./trusted-state.ts";
import { encodeTrustedState } from "./trusted-state-codec.ts";
import type { StoreMarker, StoreProblem } from "./trusted-store.ts";

/** What is remembered of one host while the process runs. */
export interface TargetMemory {
  /** Monotonic ms before which only a person has it asked again. */
  readonly notBeforeMs: number;
  /** Busy answers in a row. */
  readonly inARow: number;
  /** Lost replies in a row. */
  readonly lost: number;
}

/** That DNS had no hosts under a name, until when it is not asked again, monotonic ms. */
export interface KeptAbsence {
  readonly answer: Extract<DnsAnswer<never>, { kind: "none" }>;
  readonly untilMs: number;
}

/**
 * The open store of one publisher: what all its products on this machine share, and the only mutable thing of the core.
 * `state` is what the store holds, plus the clock's last reading.
 */
export interface PublisherSession {
  readonly ports: LicensingPorts;
  readonly options: PublisherOptions;
  settings: EffectiveSettings;
  state: TrustedState;
  trust: TrustState;
  machine: MachineReading;
  /** Monotonic ms at which a look last read the machine. */
  machineReadMs: number;
  /** What the marker beside the store said when it was opened. */
  marker: StoreMarker | undefined;
  /** An earlier store is known of and is gone: products that are taken up now get no initial grace. */
  isStoreLost: boolean;
  /** STORE_DEGRADED: why the last save did not succeed. */
  degraded: StoreProblem | undefined;
  /** Nothing may be written or asked: the store belongs to a newer version. */
  blocked: RefusalReason | undefined;
  /** Run time at the last successful save. */
  savedUsedMs: number;
  readonly targets: Map<string, TargetMemory>;
  /** Names that had no hosts in DNS, by name and servers. */
  readonly negatives: Map<string, KeptAbsence>;
  readonly listeners: Set<(event: ClientEvent) => void>;
  /** The open products, by product id. */
  readonly products: Map<number, OpenProduct>;
}

/** What one open product has for itself while the process runs. */
export interface OpenProduct {
  readonly activationId: Uint8Array;
  readonly applicationId: Uint8Array;
  product: Product;
  /** The verified form of the product's known certificate. */
  knownCertificate: VerifiedCertificate | undefined;
  /** Of the lease in force: what a revocation is looked up for. */
  leaseCertificate: HostCertificate | undefined;
  /** Monotonic ms of the next attempt: the effective clock may stand still, this one does not. */
  dueMonotonicMs: number;
}

/** The clocks at one look, taken in by the trusted clock. */
export interface Present {
  readonly reading: ClockReading;
  readonly now: LicenseNow;
}

/** Reads the machine's clocks into the trusted clock. */
export function observePresent(session: PublisherSession): Present {
  const reading = readClocks(session.ports);
  session.state = { ...session.state, clock: observeClock(session.state.clock, reading) };
  return { reading, now: licenseNow(session.state.clock, reading) };
}

/** One look at the machine's clocks. */
export function readClocks({ clock }: Pick<LicensingPorts, "clock">): ClockReading {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), bootId: clock.bootId };
}

/** Saves a state as the next generation; it is in force when that succeeded. */
export async function save(session: PublisherSession, state: TrustedState, present: Present): Promise<boolean> {
  const next = { ...state, generation: session.state.generation + 1 };
  const marker = mergeMarkers(session.marker, next);
  const outcome = await session.ports.store.save({ body: encodeTrustedState(next), marker });
  if (!outcome.ok) {
    noteDegraded(session, outcome.problem);
    return false;
  }
  session.degraded = undefined;
  session.savedUsedMs = present.now.usedMs;
  session.marker = marker;
  session.state = next;
  return true;
}

/** Takes up what an administrator changed since; settings that cannot be read now leave those in force. */
export async function refreshSettings(session: PublisherSession): Promise<void> {
  session.settings = (await session.options.readSettings()) ?? session.settings;
}

/** What an event belongs to; `product`: an activation id, "" = the machine. */
export interface EventContext {
  readonly requestId?: string | undefined;
  readonly product?: string | undefined;
}

/** Writes an event and hands it to the listeners. */
export function tell(session: PublisherSession, event: CatalogEvent, of: EventContext = {}): void {
  const { requestId = "", product = "" } = of;
  const around = { timeMs: session.ports.clock.wallMs(), computer: session.machine.computerName, requestId, product };
  const written = clientEvent(event, around);
  session.ports.events(written);
  for (const listener of session.listeners) listener(written);
}

function noteDegraded(session: PublisherSession, problem: StoreProblem): void {
  const isNews = session.degraded?.problem !== problem.problem;
  session.degraded = problem;
  if (isNews)
    tell(session, eventOf(EVENT.storeNotWritable, { reason: reasonOfProblem(problem), detail: problem.detail }));
}

/** The reason of REFUSALS that stands for a store's problem. */
export function reasonOfProblem({ problem }: StoreProblem): RefusalReason {
  switch (problem) {
    case "in-use":
      return "STORE_LOCKED";
    case "newer":
      return "STORE_NEWER";
    case "full":
    case "read-only":
    case "unavailable":
      return "STORE_UNAVAILABLE";
  }
}
