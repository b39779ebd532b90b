import type { CheckResult, HostFacts } from "@countersign/doctor";
import { type CatalogEvent, EVENT, eventOf, RefusalError, refuse } from "@countersign/domain";
import { inTurn } from "@countersign/storage";
import { type HostCore, writing } from "../open-core.ts";
import { type FindingChanges, findingChanges, type StandingFinding } from "./finding-changes.ts";

/** The row of the store: a restart tells nothing twice, and clears what was mended while the host was off. */
const STANDING_ROW = "findings.standing";
/** Fleets have many machines; what stands is read by people. */
const MOST_STANDING = 200;

/** What the doctor finds on a host while it runs. */
export interface FindingWatch {
  readonly standing: readonly StandingFinding[];
  /** Judges the host as it is now; what appeared and what cleared is committed as events before it is told. */
  round(judge: (facts: HostFacts) => readonly CheckResult[]): Promise<FindingChanges>;
}

/** Takes up what stood. `gather`: the facts of this host. */
export async function openFindingWatch(core: HostCore, gather: () => Promise<HostFacts>): Promise<FindingWatch> {
  const { parts, nowMs } = core;
  const { write, systemEvent } = writing(core);
  const turn = inTurn();
  let standing = storedFindings((await parts.store.settings()).get(STANDING_ROW));
  return {
    get standing() {
      return standing;
    },
    round: (judge) =>
      turn(async () => {
        const changes = findingChanges(standing, judge(await gather()), nowMs());
        const next = changes.standing.slice(0, MOST_STANDING);
        const events = [...changes.appeared.map(appearedEvent), ...changes.cleared.map(clearedEvent)];
        if (events.length > 0)
          await write(async (unit) => {
            await unit.saveSetting(STANDING_ROW, JSON.stringify(next));
            await unit.appendEvents(events.map(systemEvent));
          });
        standing = next;
        return changes;
      }),
  };
}

/** What `whyUnready` judges anew at each question: as findings they would outlive their mending by a round. */
const JUDGED_LIVE = new Set(["HOST_KEY_MISSING", "HOST_NOT_ACTIVATED", "CERTIFICATE_LAPSED", "HOST_CLOCK_SUSPECT"]);

/** Causes of what keeps the host from serving, for whoever asks whether it is ready. */
export function fatalCauses({ standing }: FindingWatch): readonly string[] {
  return standing.filter(({ id, gravity }) => gravity === "fatal" && !JUDGED_LIVE.has(id)).map(({ cause }) => cause);
}

function appearedEvent({ id: finding, check, subject, gravity, cause, remedy }: StandingFinding): CatalogEvent {
  return eventOf(EVENT.findingAppeared, { finding, check, subject, gravity, cause, remedy });
}

function clearedEvent({ id: finding, check, subject, gravity, sinceMs }: StandingFinding): CatalogEvent {
  return eventOf(EVENT.findingCleared, { finding, check, subject, gravity, sinceMs });
}

function storedFindings(text: string | undefined): readonly StandingFinding[] {
  if (text === undefined) return [];
  try {
    const found: unknown = JSON.parse(text);
    if (Array.isArray(found)) return found;
  } catch {
    // Below.
  }
  throw new RefusalError(refuse("STORE_CORRUPT", { detail: `${STANDING_ROW} is "${text.slice(0, 60)}"` }));
}
