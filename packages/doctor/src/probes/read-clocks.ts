import type { ClockFacts } from "../facts/facts.ts";
import { hostTextOf } from "../finder/delete-record.ts";
import type { EndpointFacts, FinderFacts, TargetFacts } from "../finder/facts.ts";
import { aheadOf } from "./publisher-reach.ts";

const ANSWER_MS = 2_000;
const MOST_CLOCKS = 16;

/**
 * The clocks of hosts whose answer does not verify: a clock that is off is one reason why it does not. What a host signed
 * carries its time already.
 */
export async function readClocks(network: FinderFacts, nowMs: () => number): Promise<readonly ClockFacts[]> {
  const targets = network.targets.filter(({ service }) => service === "countersign");
  const wanted = targets.flatMap((target) => addressesToRead(target).map((endpoint) => ({ target, endpoint })));
  const read = await Promise.all(
    wanted.slice(0, MOST_CLOCKS).map(async ({ target, endpoint }) => ({
      of: hostTextOf(target),
      aheadMs: await headDate(endpoint.address, target.port, nowMs),
    })),
  );
  return read.flatMap(({ of, aheadMs }): readonly ClockFacts[] =>
    aheadMs === undefined ? [] : [{ of, kind: "host", aheadMs }],
  );
}

function addressesToRead({ resolution }: TargetFacts): readonly EndpointFacts[] {
  if (resolution.kind !== "addresses") return [];
  return resolution.endpoints.filter(({ answers }) => {
    const isTold = answers.some(({ kind }) => kind === "certified");
    return !isTold && answers.some(({ kind }) => kind === "unverified" || kind === "refusal");
  });
}

async function headDate(address: string, port: number, nowMs: () => number): Promise<number | undefined> {
  const host = address.includes(":") ? `[${address}]` : address;
  try {
    const answer = await fetch(`http://${host}:${port}/`, {
      ...{ method: "HEAD", redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) },
    });
    return aheadOf(answer.headers.get("date"), nowMs());
  } catch {
    return undefined; // It answered a moment ago and does not now: then it tells no time.
  }
}
