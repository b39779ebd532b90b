import type { ClientFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { type Found, type Judgement, judged, moot } from "./check.ts";
import { distinct } from "./phrases.ts";
import { dataOption } from "./told-hosts.ts";

/** The judgement of every client that was seen from within; moot without one. */
export function eachClient<FindingId extends string>(
  { clients }: Facts,
  judgeClient: (client: ClientFacts) => readonly Found<FindingId>[],
): Judgement<FindingId> {
  if (clients.length === 0) return moot("no client was seen from within");
  return judged(clients.flatMap((client) => ofMachine(client, judgeClient(client))));
}

/** The same findings, each with the name of the machine they are about. */
export function ofMachine<FindingId extends string>(
  { machineName }: ClientFacts,
  found: readonly Found<FindingId>[],
): readonly Found<FindingId>[] {
  return found.map((one) => ({ ...one, concerns: distinct([machineName, ...(one.concerns ?? [])]) }));
}

/** ` --data DIRECTORY` for slmgr; "" for a machine whose agent keeps it, which slmgr asks by itself. */
export function slmgrData(client: ClientFacts): string {
  return client.from === "agent" ? "" : dataOption(client);
}
