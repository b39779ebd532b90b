import type { AgentConnection } from "@countersign/client/node";
import { ALL_EVENTS, type EventFilter, type EventRecord, matchesFilter, readEventJson } from "@countersign/domain";
import type { EventSource, WantedEvents } from "./event-source.ts";

type Agent = Pick<AgentConnection, "request">;

/** One answer of the agent. */
interface Page {
  readonly events: readonly EventRecord[];
  readonly more: boolean;
  readonly completeSinceMs: number | undefined;
}

type Ask = (params: object) => Promise<Page>;

/** The log of this machine's agent over its socket, which needs no root: of the service and of every publisher. */
export function agentSource(agent: Agent): EventSource {
  const ask: Ask = async (params) => pageIn(await agent.request("events", params));
  let last: EventRecord | undefined;
  let isPlaced = false;
  return {
    side: "client",
    async find(wanted, from, limit) {
      const filter = await filterOf(wanted, agent);
      const found: EventRecord[] = [];
      let before = typeof from === "number" ? from : undefined;
      let page: Page;
      do {
        page = await ask(before === undefined ? {} : { before });
        found.push(...page.events.filter((record) => matchesFilter(filter, record)));
        before = page.events.at(-1)?.number;
      } while (page.more && found.length <= limit);
      const events = found.slice(0, limit);
      const next = found.length > limit ? events.at(-1)?.number : undefined;
      return { events, next, completeSinceMs: page.completeSinceMs };
    },
    async newer(wanted) {
      const [newest] = (await ask({ limit: 1 })).events;
      const fresh = isPlaced ? await since(last, newest, ask) : [];
      isPlaced = true;
      last = fresh.at(-1) ?? newest ?? last;
      const filter = await filterOf(wanted, agent);
      return fresh.filter((record) => matchesFilter(filter, record));
    },
    async machines(wanted) {
      const word = wanted.toLowerCase();
      const records = await since(undefined, undefined, ask);
      const isIt = records.some(({ cmid, computer }) => cmid === word || computer.toLowerCase() === word);
      const known = records.findLast(({ cmid }) => cmid !== "");
      if (!isIt || known === undefined) return [];
      return [{ cmid: known.cmid, name: known.computer, address: "", lastSeenMs: known.timeMs, counts: false }];
    },
  };
}

/** Everything after an event, oldest first. When the oldest file went meanwhile the numbers are others: then by its time. */
async function since(
  last: EventRecord | undefined,
  newest: EventRecord | undefined,
  ask: Ask,
): Promise<readonly EventRecord[]> {
  const isRenumbered = last !== undefined && newest !== undefined && newest.number < last.number;
  const records: EventRecord[] = [];
  let after = isRenumbered ? 0 : (last?.number ?? 0);
  let page: Page;
  do {
    page = await ask({ after });
    records.push(...page.events);
    after = page.events.at(-1)?.number ?? after;
  } while (page.more);
  return isRenumbered ? records.filter(({ timeMs }) => timeMs > last.timeMs) : records;
}

/** The agent knows its products by name. */
async function filterOf({ product, ...filter }: WantedEvents, agent: Agent): Promise<EventFilter> {
  if (product === undefined) return { ...ALL_EVENTS, ...filter };
  const answer = (await agent.request("publishers")) as { readonly publishers?: readonly Publisher[] };
  const products = (answer.publishers ?? []).flatMap((publisher) => publisher.products);
  const named = products.filter(({ name }) => name.toLowerCase() === product.toLowerCase());
  const ids = named.length > 0 ? named.map(({ activationId }) => activationId) : [product.toLowerCase()];
  return { ...ALL_EVENTS, ...filter, activationIds: ids };
}

interface Publisher {
  readonly products: readonly { readonly activationId: string; readonly name: string }[];
}

/** An answer in its documented form; one without events is the last. */
function pageIn(answer: unknown): Page {
  const { events, more, completeSinceMs } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const records = Array.isArray(events) ? events.flatMap((event) => readEventJson(event) ?? []) : [];
  return {
    events: records,
    more: more === true && records.length > 0,
    completeSinceMs: typeof completeSinceMs === "number" ? completeSinceMs : undefined,
  };
}
