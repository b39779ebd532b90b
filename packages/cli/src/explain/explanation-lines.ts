import { type Explanation, summaryOf, timeText } from "@countersign/domain";
import { recordJson } from "../events/event-lines.ts";
import type { Answer } from "../terminal.ts";

const SHOWN = 30;
const WORTH_SAYING_MS = 60_000;

/** An explanation in all forms. */
export function explanationAnswer(explanation: Explanation, cmid: string | undefined): Answer {
  const { machine, timeline, exchanges, clockDifferenceMs, conclusion } = explanation;
  const rows = timeline.map(({ timeMs, side, event }) => ({
    ...{ time: `${timeText(timeMs).slice(0, 19)}Z`, side, id: event.eventId, event: summaryOf(event) },
    requestId: event.requestId,
  }));
  return {
    json: {
      ...{ machine, cmid: cmid ?? "", clockDifferenceMs: clockDifferenceMs ?? null, conclusion },
      exchanges: exchanges.map(({ requestId, atMs, sent, decided, replied }) => ({
        ...{ requestId, at: timeText(atMs) },
        ...{ sent: sent?.number ?? null, decided: decided?.number ?? null, replied: replied?.number ?? null },
      })),
      timeline: timeline.map(({ timeMs, side, event }) => ({ ...recordJson(event), side, hostTime: timeText(timeMs) })),
    },
    rows,
    short: conclusion.kind,
    lines: lines(explanation, cmid, rows),
  };
}

function lines(
  { timeline, clockDifferenceMs, conclusion }: Explanation,
  cmid: string | undefined,
  rows: readonly { readonly time: string; readonly side: string; readonly id: number; readonly event: string }[],
): readonly string[] {
  const earlier = timeline.length - SHOWN;
  const apart = clockDifferenceMs ?? 0;
  return [
    ...(cmid === undefined ? [] : [`CMID ${cmid}`]),
    ...(Math.abs(apart) < WORTH_SAYING_MS
      ? []
      : [
          `the client's clock is ${spanText(Math.abs(apart))} ${apart > 0 ? "behind" : "ahead of"} the host's; times are the host's`,
        ]),
    ...(earlier > 0 ? [`${earlier} earlier events are not shown`] : []),
    ...rows
      .slice(-SHOWN)
      .map(({ time, side, id, event }) => `${time}  ${side.padEnd(6)}  ${String(id).padEnd(5)}  ${event}`),
    ...(rows.length > 0 ? [""] : []),
    `${conclusion.sentence}.`,
    ...conclusion.todo.map((what, i) => `  ${i + 1}. ${what}`),
    ...(conclusion.page === "" ? [] : [`page: docs/${conclusion.page}`]),
  ];
}

function spanText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 72 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
