import type { LookUp } from "./look-up.ts";

/** What came of asking a publisher's activation service. */
export interface PublisherReach {
  readonly reachable: boolean;
  /** Why not; "" = it answered. */
  readonly detail: string;
  /** By the head of its answer; undefined: it named no time. */
  readonly aheadMs: number | undefined;
}

/** What asking a publisher needs. */
export interface PublisherPorts {
  readonly lookUp: Pick<LookUp, "addresses">;
  readonly nowMs: () => number;
}

/** Its public documents, which anybody may ask for. */
const METHOD = "countersign.v1.PublisherService/GetTrust";
const ANSWER_MS = 3_000;

/** Asks for the publisher's trust file, as a host does, and reads no further than the head of the answer. */
export async function askPublisher(url: string, { lookUp, nowMs }: PublisherPorts): Promise<PublisherReach> {
  const unreached = (detail: string) => ({ reachable: false, detail, aheadMs: undefined });
  try {
    // By ourselves first: a name that nobody answers for would hold the process long after it was given up.
    const name = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
    const found = await lookUp.addresses(name);
    if (found.kind === "none") return unreached(`${name}: ${found.reason}`);
    const answer = await fetch(`${url.replace(/\/$/, "")}/${METHOD}`, {
      ...{ method: "POST", body: "{}", headers: { "content-type": "application/json" } },
      ...{ redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) },
    });
    await answer.body?.cancel();
    const aheadMs = aheadOf(answer.headers.get("date"), nowMs());
    if (answer.ok) return { reachable: true, detail: "", aheadMs };
    return { reachable: false, detail: `it answers HTTP ${answer.status}, as no publisher does`, aheadMs };
  } catch (fault) {
    return unreached(failureText(fault as Error));
  }
}

/** How far the clock behind a `Date` is ahead; undefined where it is none. */
export function aheadOf(date: string | null, nowMs: number): number | undefined {
  const atMs = date === null ? Number.NaN : Date.parse(date);
  return Number.isFinite(atMs) ? Math.trunc(atMs - nowMs) : undefined;
}

function failureText({ name, message, cause }: Error): string {
  if (name === "TimeoutError") return `no answer within ${ANSWER_MS / 1_000} s`;
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error ? cause.message : message);
}
