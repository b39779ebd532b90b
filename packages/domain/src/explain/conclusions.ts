import type { EventRecord } from "../events/event-record.ts";
import { hresultText, REFUSALS, type RefusalEntry, refusalReasonOf } from "../refusal.ts";
import type { Exchange } from "./exchange.ts";

const DAY_MS = 86_400_000;
const COUNTS_MS = 30 * DAY_MS;
/** An exchange is under way for so long; then what is missing is missing. */
const UNDER_WAY_MS = 60_000;

/** What a conclusion is drawn from. */
export interface ExplainFacts {
  /** How people call the machine. */
  readonly machine: string;
  readonly nowMs: number;
  /** undefined: that log was not read. */
  readonly hostLog:
    | { readonly events: readonly EventRecord[]; readonly completeSinceMs: number | undefined }
    | undefined;
  readonly clientLog: { readonly events: readonly EventRecord[] } | undefined;
  readonly last: Exchange | undefined;
  /** Other names under the same CMID. */
  readonly namesOfCmid: readonly string[];
}

/** What follows from the logs: a sentence, what to do in this order, and where to read on. */
export interface Conclusion {
  readonly kind: string;
  readonly sentence: string;
  readonly todo: readonly string[];
  readonly page: string;
}

interface ConclusionRow {
  readonly kind: string;
  readonly holds: (facts: ExplainFacts) => boolean;
  readonly sentence: (facts: ExplainFacts) => string;
  readonly todo: (facts: ExplainFacts) => readonly string[];
  readonly page: (facts: ExplainFacts) => string;
}

const TROUBLESHOOTING = "troubleshooting.md";
const REACHING = [
  "look on the machine: `countersign client status` says which host it asks, why, and with what result",
  "check that this host's name resolves there, and that it is this host",
  "check that the host's tcp port is open from there: a firewall is the usual reason",
  "check that a setup key is installed there, and that the program or the agent runs",
];

/** THE table: the first row that holds is the conclusion. Rows that name a cause stand before those that only say what is missing. */
const ROWS: readonly ConclusionRow[] = [
  {
    kind: "unknown machine",
    holds: ({ hostLog, clientLog }) => isEmpty(hostLog?.events) && isEmpty(clientLog?.events),
    sentence: ({ machine, hostLog }) => `this host has no request of ${machine}${sinceText(hostLog)}`,
    todo: () => REACHING,
    page: () => TROUBLESHOOTING,
  },
  {
    kind: "never arrived",
    holds: ({ hostLog, last }) =>
      hostLog !== undefined && last !== undefined && last.decided === undefined && !isAnswered(last),
    sentence: ({ machine, last, hostLog }) =>
      `the last request of ${machine}, to ${hostOf(last)} at ${timeText(last?.atMs)}, has no event 12290 here: it did not arrive at this host${sinceText(hostLog)}`,
    todo: ({ last }) => [`check that ${hostOf(last)} is this host`, ...REACHING.slice(1)],
    page: () => TROUBLESHOOTING,
  },
  {
    kind: "no reply",
    holds: ({ hostLog, last }) =>
      hostLog === undefined && last !== undefined && !isAnswered(last) && last.sent !== undefined,
    sentence: ({ machine, last }) =>
      `${machine} asked ${hostOf(last)} at ${timeText(last?.atMs)} and no reply arrived (${codeOf(last?.sent)})`,
    todo: ({ last }) => [
      "read the host's log beside this one (`countersign explain` on the host, with `--events` and this export): it says whether the request arrived",
      ...remedyOf(last?.sent),
    ],
    page: ({ last }) => pageOf(last?.sent),
  },
  {
    kind: "reply lost",
    holds: ({ clientLog, last, nowMs }) =>
      clientLog !== undefined && last?.decided !== undefined && !isAnswered(last) && nowMs - last.atMs > UNDER_WAY_MS,
    sentence: ({ machine, last }) =>
      `the host decided the request of ${machine} at ${timeText(last?.decided?.timeMs)}, but its reply did not arrive there`,
    todo: () => [
      "check what stands between them: a proxy, a firewall that closes connections early, a timeout that is too short",
      "the machine asks again with the same bytes and gets the same answer, so nothing is lost by that",
    ],
    page: () => TROUBLESHOOTING,
  },
  {
    kind: "reply not believed",
    holds: ({ last }) => reasonOf(last?.replied) === "UNTRUSTED_HOST",
    sentence: ({ machine, last }) =>
      `${machine} does not believe the reply of ${hostOf(last)}: its signature chain does not hold`,
    todo: ({ last }) => remedyOf(last?.replied),
    page: ({ last }) => pageOf(last?.replied),
  },
  {
    kind: "one CMID, several machines",
    holds: ({ last, namesOfCmid }) =>
      reasonOf(last?.decided ?? last?.replied) === "REIDENTIFY" || namesOfCmid.length > 1,
    sentence: ({ machine, namesOfCmid }) =>
      `the CMID of ${machine} is used by more than one machine${namesOfCmid.length > 1 ? ` (${namesOfCmid.join(", ")})` : ""}: they come from one image`,
    todo: () => [
      "nothing at once: each copy draws a CMID of its own at its next contact and is counted from then on",
      "run `countersign client generalize` in the image before it is captured again",
    ],
    page: () => "reference/events/30001.md",
  },
  {
    kind: "count too low",
    holds: ({ last }) => reasonOf(last?.decided ?? last?.replied) === "COUNT_TOO_LOW",
    sentence: ({ machine, last }) => {
      const { currentCount, requiredCount } = {
        ...last?.sent?.fields,
        ...last?.replied?.fields,
        ...last?.decided?.fields,
      };
      const missing = Math.max(1, Number(requiredCount ?? 0) - Number(currentCount ?? 0));
      const needed = `${missing} more ${missing === 1 ? "machine" : "machines"}`;
      return `${machine} was counted, and the count is ${currentCount} of the ${requiredCount} that are required: ${needed} must ask within 30 days`;
    },
    todo: () => [
      "let more machines with the same application ask this host; a machine that asked is counted for 30 days",
      "where the count stays at one number although machines ask, look for clones: `countersign events --id 30001`",
    ],
    page: () => "reference/refusals/count-too-low.md",
  },
  {
    kind: "refused",
    holds: ({ last }) => reasonOf(last?.decided) !== "" && last?.decided !== undefined,
    sentence: ({ machine, last }) => `the host refused ${machine}: ${codeOf(last?.decided)}`,
    todo: ({ last }) => remedyOf(last?.decided),
    page: ({ last }) => pageOf(last?.decided),
  },
  {
    kind: "not taken",
    holds: ({ last }) => last?.replied !== undefined && last.replied.fields["activated"] !== true,
    sentence: ({ machine, last }) => `${machine} got a reply and is not activated by it: ${codeOf(last?.replied)}`,
    todo: ({ last }) => remedyOf(last?.replied),
    page: ({ last }) => pageOf(last?.replied),
  },
  {
    kind: "silent",
    holds: ({ last, nowMs }) => last !== undefined && nowMs - last.atMs > COUNTS_MS,
    sentence: ({ machine, last, nowMs }) =>
      `${machine} was granted at ${timeText(last?.atMs)} and has not asked for ${Math.floor((nowMs - (last?.atMs ?? 0)) / DAY_MS)} days: it counts no more`,
    todo: () => REACHING,
    page: () => TROUBLESHOOTING,
  },
  {
    kind: "in order",
    holds: ({ last }) => last !== undefined,
    sentence: ({ machine, last }) => {
      const { currentCount, requiredCount, purpose } = { ...last?.replied?.fields, ...last?.decided?.fields };
      const count = requiredCount === undefined ? `count ${currentCount}` : `count ${currentCount} of ${requiredCount}`;
      const why = purpose === undefined ? "" : ` (${purpose})`;
      return `${machine} is in order: it was granted at ${timeText(last?.atMs)}${why}, ${count}`;
    },
    todo: () => [],
    page: () => "",
  },
];

const NO_REQUEST: Conclusion = {
  kind: "no request",
  sentence: "there are events of this machine, but no request among them",
  todo: REACHING,
  page: TROUBLESHOOTING,
};

/** The first row that holds. */
export function concludeFrom(facts: ExplainFacts): Conclusion {
  const row = ROWS.find(({ holds }) => holds(facts));
  if (row === undefined) return NO_REQUEST;
  return { kind: row.kind, sentence: row.sentence(facts), todo: row.todo(facts), page: row.page(facts) };
}

function isEmpty(events: readonly EventRecord[] | undefined): boolean {
  return events === undefined || events.length === 0;
}

function isAnswered({ replied }: Exchange): boolean {
  return replied !== undefined;
}

function refusalIn(event: EventRecord | undefined): RefusalEntry | undefined {
  const { reason, resultCode } = event?.fields ?? {};
  const named = typeof reason === "string" ? refusalReasonOf(reason) : undefined;
  if (named !== undefined) return REFUSALS[named];
  const code = Number(resultCode ?? 0);
  return code === 0 ? undefined : Object.values(REFUSALS).find((entry) => entry.code === code);
}

function reasonOf(event: EventRecord | undefined): string {
  return refusalIn(event)?.reason ?? "";
}

function codeOf(event: EventRecord | undefined): string {
  const found = refusalIn(event);
  if (found !== undefined) return `${found.reason} (${hresultText(found.code)})`;
  return hresultText(Number(event?.fields["resultCode"] ?? 0));
}

function remedyOf(event: EventRecord | undefined): readonly string[] {
  const remedy = refusalIn(event)?.remedy;
  return remedy === undefined ? [] : [remedy.replace(/\{(\w+)\}/g, "‹$1›").replace(/[[\]]/g, "")];
}

function pageOf(event: EventRecord | undefined): string {
  return refusalIn(event)?.page ?? TROUBLESHOOTING;
}

function hostOf(exchange: Exchange | undefined): string {
  return String(exchange?.sent?.fields["host"] ?? "the host");
}

function sinceText(log: ExplainFacts["hostLog"]): string {
  if (log?.completeSinceMs === undefined) return log === undefined ? "" : "; its log is empty";
  return ` since ${timeText(log.completeSinceMs)}, when its log begins`;
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "?" : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
