import { EVENT, eventOf, type Refusal, raiseFloor, refuse, toHex } from "@countersign/domain";
import { publisherFloorMs } from "@countersign/protocol";
import type { LicensingPorts, PublisherOptions } from "./licensing-ports.ts";
import { embeddedTrust, newestTrust, storedTrust } from "./newest-trust.ts";
import { type PublisherSession, reasonOfProblem, tell } from "./publisher-session.ts";
import { restoreState } from "./restore-state.ts";
import { effectiveSettings } from "./settings/effective-settings.ts";
import type { LoadedStore } from "./trusted-store.ts";

/** The open store of a publisher, or why the vendor's own arguments do not allow one. */
export type OpenedPublisher =
  | { readonly ok: true; readonly session: PublisherSession }
  | { readonly ok: false; readonly refusal: Refusal };

/** Loads what the store holds under the newest trust. `before`: the session this one takes the place of. */
export async function openPublisher(
  ports: LicensingPorts,
  options: PublisherOptions,
  before?: Pick<PublisherSession, "degraded" | "settings">,
): Promise<OpenedPublisher> {
  const embedded = await embeddedTrust(options.trust, ports.cryptography);
  if (!embedded.ok) return { ok: false, refusal: refuse(embedded.refusal.reason, { detail: embedded.refusal.detail }) };
  const machine = await ports.machine.read();
  const loaded = await ports.store.load();
  const restored = restoreState(loaded, { ports, trust: embedded.trust, machine });
  if (!restored.ok) return restored;
  const trust = await newestTrust(embedded.trust, restored.state.trust, ports.cryptography);
  const { state } = restored;
  const settings = (await options.readSettings()) ?? before?.settings;
  const session: PublisherSession = {
    ...{ ports, options, trust, machine, machineReadMs: ports.clock.monotonicMs() },
    settings: settings ?? effectiveSettings({}, toHex(trust.publisherId)),
    state: { ...state, trust: storedTrust(trust), clock: raiseFloor(state.clock, publisherFloorMs(trust)) },
    marker: loaded.kind === "unusable" ? undefined : loaded.marker,
    isStoreLost: restored.isStoreLost,
    // What was told once is not told again at every look.
    degraded: loaded.kind === "unusable" ? loaded.problem : before?.degraded,
    blocked: loaded.kind === "unusable" ? reasonOfProblem(loaded.problem) : undefined,
    savedUsedMs: state.clock.usedMs,
    targets: new Map(),
    negatives: new Map(),
    listeners: new Set(),
    products: new Map(),
  };
  if (before === undefined) tellOfStore(session, loaded);
  return { ok: true, session };
}

function tellOfStore(session: PublisherSession, loaded: LoadedStore): void {
  if (loaded.kind === "found" && loaded.recovered) {
    const detail = "the newest generation was torn; the one before it is in force";
    tell(session, eventOf(EVENT.storeRecovered, { path: "", detail }));
  }
  if (loaded.kind === "damaged") {
    const detail = "no generation was valid; the store begins anew without initial grace";
    tell(session, eventOf(EVENT.storeRecovered, { path: loaded.quarantine, detail }));
  }
  if (loaded.kind === "unusable") {
    const { problem } = loaded;
    tell(session, eventOf(EVENT.storeNotWritable, { reason: reasonOfProblem(problem), detail: problem.detail }));
  }
}
