import { attempt } from "./attempt.ts";
import { hostsToAsk, readyHosts } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import { statusOf } from "./license-report.ts";
import { isReadingDue, readsOtherwise } from "./look-at-machine.ts";
import { isBlank } from "./machine-check.ts";
import { judgeMachine } from "./observe-machine.ts";
import { takeUp } from "./open-product.ts";
import { openPublisher } from "./open-publisher.ts";
import { observePresent, type Present, type PublisherSession, refreshSettings, save } from "./publisher-session.ts";
import { draftOf, productIn, reduceDraft, type Session, settle } from "./session.ts";

/** A look at clocks and settings is never further away (protocol.md §9). */
export const LONGEST_LOOK_MS = 600_000;
const SAVE_EVERY_MS = 3_600_000;

/** Looks at the store, the settings and the clocks, and asks for every product of `sessions` whose time has come. */
export async function lookAndAsk(shared: PublisherSession, sessions: readonly Session[]): Promise<void> {
  await reload(shared, sessions);
  // A look would start the grace of a generalized image on the machine that is about to be captured.
  if (isBlank(shared.state.identity)) return;
  await refreshSettings(shared);
  await lookAtClock(shared, sessions);
  for (const session of sessions) {
    if (isDue(session)) await attempt(session, { interactive: false, trigger: "timer" });
  }
  // Last, because an attempt saves the clock's record with its own.
  const present = observePresent(shared);
  if (isSaveDue(shared, present)) await save(shared, shared.state, present);
}

/** Ms until a look has something to do for this product; ten minutes at most, so that settings and clocks are seen. */
export function nextLookInMs(session: Session): number {
  const { dueMonotonicMs, ports } = session;
  const untilDueMs = asks(session) ? dueMonotonicMs - ports.clock.monotonicMs() : LONGEST_LOOK_MS;
  const untilEndMs = statusOf(session).remainingMs ?? LONGEST_LOOK_MS;
  return Math.max(0, Math.min(LONGEST_LOOK_MS, untilDueMs, untilEndMs));
}

/** Another process had the store, or it could not be read: what is there now may be newer than what is shown. */
async function reload(shared: PublisherSession, sessions: readonly Session[]): Promise<void> {
  if (shared.blocked === undefined && shared.degraded?.problem !== "in-use") return;
  const again = await openPublisher(shared.ports, shared.options, shared);
  if (!again.ok) return;
  const { state, trust, machine, marker, isStoreLost, degraded, blocked, savedUsedMs } = again.session;
  Object.assign(shared, { state, trust, machine, marker, isStoreLost, degraded, blocked, savedUsedMs });
  for (const session of sessions) await takeUp(session, undefined);
}

/** Status is recomputed from the records at each look, and the machine read again hourly; what changed is saved. */
async function lookAtClock(shared: PublisherSession, sessions: readonly Session[]): Promise<void> {
  const isOther = isReadingDue(shared) && (await readsOtherwise(shared));
  const present = observePresent(shared);
  const draft = sessions.reduce(
    (looked, session) => reduceDraft(looked, session, { kind: "tick" }, present.now),
    isOther ? judgeMachine(draftOf(shared), shared, present) : draftOf(shared),
  );
  if (draft.effects.length > 0) await settle(shared, draft, present, { binding: false });
}

/** The clock's record is saved hourly: a crash costs it no more run time than that. */
function isSaveDue({ savedUsedMs }: PublisherSession, { now }: Present): boolean {
  return now.usedMs - savedUsedMs >= SAVE_EVERY_MS;
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
  const hosts = hostsToAsk(settings.values, state);
  // Without a fixed host DNS may name others; the attempt itself passes over those that are left alone.
  if (settings.values.host === undefined || hosts.length === 0 || readyHosts(hosts, targets, monotonicMs).length > 0)
    return true;
  const rests = hosts.map((host) => targets.get(formatHostTarget(host))?.notBeforeMs ?? 0);
  session.dueMonotonicMs = Math.min(...rests);
  return false;
}
