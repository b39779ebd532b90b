import { REFUSALS, sameBytesDelayMs, targetDelayMs } from "@countersign/domain";
import type { HeardAnswer, HostAnswer } from "./ask-host.ts";
import type { ChosenHost } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import type { Session } from "./session.ts";

const DAY_MS = 24 * 3_600_000;
const NOTHING = { notBeforeMs: 0, inARow: 0, lost: 0 };

/**
 * Remembers how a host answered, while the process runs. Returns how soon it may be asked again, ms, when that is sooner
 * than the machine's schedule needs: a lost reply after 30 s, a busy host when it has had its rest (protocol.md §5.7).
 */
export function noteAnswer(session: Session, host: ChosenHost, { answer, present }: HeardAnswer): number {
  const key = formatHostTarget(host);
  if (answer.kind === "statement") {
    session.targets.delete(key);
    return Number.POSITIVE_INFINITY;
  }
  const before = session.targets.get(key) ?? NOTHING;
  const { clientAction: action } = REFUSALS[answer.reason];
  const isBusy = action === "honour-retry-after" || action === "back-off-target";
  const inARow = isBusy ? before.inARow + 1 : 0;
  const { retryAfterS } = answer;
  const restMs = targetDelayMs({ action, inARow: Math.max(1, inARow), retryAfterS }, session.ports.fraction());
  const retryMs = isLost(answer) ? sameBytesDelayMs(before.lost) : undefined;
  const lost = retryMs === undefined ? 0 : before.lost + 1;
  const awayMs = isUnreachedPort(session, host, answer) ? DAY_MS : restMs;
  session.targets.set(key, { notBeforeMs: present.reading.monotonicMs + awayMs, inARow, lost });
  return retryMs ?? (isBusy ? restMs : Number.POSITIVE_INFINITY);
}

/** The request may have arrived: only the same bytes are harmless now. */
function isLost(answer: Extract<HostAnswer, { kind: "no" }>): boolean {
  if (answer.reason === "TIMEOUT") return answer.detail === "reply";
  return answer.reason === "HOST_UNREACHABLE" && answer.detail === "reset";
}

/** A port named in a statement that nothing answers at, as behind a port mapping: not every contact need find that out. */
function isUnreachedPort(
  { settings, state }: Session,
  host: ChosenHost,
  answer: Extract<HostAnswer, { kind: "no" }>,
): boolean {
  const configured = settings.values.host?.port ?? state.cachedHost?.port;
  return !answer.replied && host.why !== "discovered" && host.port !== configured;
}
