import { type AgentConnection, agentPlacesIn, connectAgent, defaultAgentPlaces } from "@countersign/client/node";
import { type LicenceFacts, RefusalError } from "@countersign/domain";
import { openClient } from "../client-settings.ts";
import type { Action, Given } from "../command.ts";
import { isSetUp, setUpDirectory, targetDirectory } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { textOf } from "./words.ts";

/** A product that was generalized, as it stands now. */
interface Cleared {
  readonly keeper: "agent" | "own store";
  readonly facts: LicenceFacts;
  readonly rearmsBefore: number;
}

const NEXT = "next: shut this machine down and capture its disk";

/** Last before an image is captured: nothing stays of who this machine was, what it was granted and whom it asked. */
export const generalize: Action = async (given, shell) => {
  const directory = await targetDirectory("client", given, shell);
  const agent = await agentOf(given);
  const own = agent === undefined || (await isSetUp("client", directory));
  const cleared = [
    ...(own ? await inDirectory(await setUpDirectory("client", given, shell)) : []),
    ...(agent === undefined ? [] : await inAgent(agent)),
  ];
  const rows = cleared.map(({ keeper, facts: { product, state }, rearmsBefore }) => {
    const rearmsLeft = state.rearmsLeft ?? 0;
    return { product: product.name, keeper, rearmUsed: rearmsLeft < rearmsBefore, rearmsLeft };
  });
  const lines = [...rows.flatMap(linesOf), "the setup key, the trust file and the settings stay", ...LAST_LINES];
  const none = ["no product has a key on this machine: there is nothing to generalize"];
  shell.terminal.answer({
    json: { products: rows },
    rows,
    short: `${rows.length}`,
    lines: rows.length > 0 ? lines : none,
  });
  return EXIT.ok;
};

const LAST_LINES = [
  "each machine made from the image draws a CMID of its own, and its initial grace begins, at its first start",
  NEXT,
  "  nothing may open the licence before, client status included: this machine would draw the CMID of every copy",
];

function linesOf({ product, rearmUsed, rearmsLeft }: { product: string; rearmUsed: boolean; rearmsLeft: number }) {
  const cost = rearmUsed ? "one rearm used, because it had been activated" : "no rearm used";
  return [`${product}: CMID, salt, lease and host cache cleared`, `  ${cost}; ${rearmsLeft} left`];
}

async function inDirectory(directory: string): Promise<readonly Cleared[]> {
  const { license } = await openClient(directory);
  try {
    const rearmsBefore = license.status.rearmsLeft;
    const done = await license.generalize();
    if (!done.ok) throw new RefusalError(done.refusal);
    const facts = await license.facts();
    return facts === undefined ? [] : [{ keeper: "own store", facts, rearmsBefore }];
  } finally {
    await license.close();
  }
}

/** Over the socket of root: whoever may not use it is refused before anything is cleared. */
async function inAgent(agent: AgentConnection): Promise<readonly Cleared[]> {
  try {
    const before = await factsOf(agent);
    await agent.request("generalize", {});
    const after = await factsOf(agent);
    return after.map((facts) => {
      const { activationId } = facts.product;
      const earlier = before.find(({ product }) => product.activationId === activationId);
      return { keeper: "agent", facts, rearmsBefore: earlier?.state.rearmsLeft ?? 0 };
    });
  } finally {
    agent.close();
  }
}

async function factsOf(agent: AgentConnection): Promise<readonly LicenceFacts[]> {
  return ((await agent.request("licence-facts")) as { readonly facts: readonly LicenceFacts[] }).facts;
}

/** The machine's agent, where one runs; `--data` is about that directory alone. */
async function agentOf(given: Given): Promise<AgentConnection | undefined> {
  const sockets = textOf(given, "sockets");
  if (sockets !== undefined) return connectAgent(agentPlacesIn(sockets).root);
  const places = textOf(given, "data") === undefined ? defaultAgentPlaces() : undefined;
  if (places === undefined) return undefined;
  return connectAgent(places.root).catch((fault: unknown) => {
    if (fault instanceof RefusalError && fault.refusal.reason === "SERVICE_NOT_RUNNING") return undefined;
    throw fault;
  });
}
