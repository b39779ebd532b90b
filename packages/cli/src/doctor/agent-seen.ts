import { stat } from "node:fs/promises";
import { type AgentPlaces, connectAgent, readEvents } from "@countersign/client/node";
import type { ClientFacts } from "@countersign/doctor";
import { EVENT, type LicenceFacts, REFUSALS } from "@countersign/domain";

/** What is known of the machine's agent. */
export interface AgentSeen {
  readonly facts: NonNullable<ClientFacts["agent"]>;
  /** By activation id, Unix ms: what the running one has planned. */
  readonly nextAttempts: ReadonlyMap<string, number>;
}

/** Written by the agent of itself, in the directory over its stores. */
const OF_THE_SERVICE: readonly number[] = [EVENT.serviceStarted, EVENT.serviceStopped, EVENT.renewalTimerNotStarted];
const ANSWER_MS = 3_000;

/** The agent that listens in those places, or is known to have; undefined: none was ever set up here. */
export async function agentSeen(places: AgentPlaces, stores: string): Promise<AgentSeen | undefined> {
  const asked = await askAgent(places);
  if (asked !== undefined) return asked;
  const last = readEvents(stores).findLast(({ id }) => OF_THE_SERVICE.includes(id));
  const isLeft = await stat(places.everybody).then(
    () => true,
    () => false,
  );
  if (last === undefined && !isLeft) return undefined;
  const nextAttempts = new Map<string, number>();
  if (last?.id !== EVENT.renewalTimerNotStarted) return { facts: { isRunning: false }, nextAttempts };
  const { resultCode } = last.fields as { readonly resultCode?: unknown };
  const reason = Object.values(REFUSALS).find(({ code }) => code === resultCode)?.reason ?? "INTERNAL_FAULT";
  const detail = `event ${last.id} with result code ${String(resultCode)}`;
  return {
    facts: { isRunning: false, startFailure: { reason, detail, sinceMs: Math.trunc(last.timeMs) } },
    nextAttempts,
  };
}

async function askAgent({ everybody }: AgentPlaces): Promise<AgentSeen | undefined> {
  const connection = await connectAgent(everybody).catch(() => undefined);
  if (connection === undefined) return undefined;
  try {
    // One that hangs is running; only what it has planned is not known.
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, ANSWER_MS, undefined).unref());
    const answer = await Promise.race([connection.request("licence-facts").catch(() => undefined), late]);
    const { facts = [] } = (answer ?? {}) as { readonly facts?: readonly LicenceFacts[] };
    const planned = facts.flatMap(({ product, client }) =>
      client?.nextAttemptMs === undefined ? [] : [[product.activationId, client.nextAttemptMs] as const],
    );
    return { facts: { isRunning: true }, nextAttempts: new Map(planned) };
  } finally {
    connection.close();
  }
}
