import { type AgentPlaces, agentPlacesIn, connectAgent, defaultAgentPlaces } from "@countersign/client/node";
import { LICENSE_STATUS, LICENSE_STATUS_TEXT, type LicenceFacts } from "@countersign/domain";
import type { Action, Given } from "../command.ts";
import { refused } from "../refusal-report.ts";
import { EXIT } from "../terminal.ts";
import { instantText, textOf } from "./words.ts";

/** The agent itself, until it is told to stop. */
export const serve: Action = async (given, shell) => {
  const { startAgent } = await import("@countersign/agent/main");
  const [trustDirectory, stores] = [textOf(given, "trust"), textOf(given, "stores")];
  const agent = await startAgent({
    sockets: socketsOf(given),
    log: (line) => shell.terminal.note(line),
    ...(trustDirectory === undefined ? {} : { trustDirectory }),
    ...(stores === undefined ? {} : { stores }),
  });
  const { everybody, root } = agent.sockets;
  const lines = [`agent ready on ${everybody}; Ctrl-C stops it`];
  shell.terminal.answer({ json: { everybody, root }, rows: [{ everybody, root }], short: everybody, lines });
  shell.onHangUp(() => {
    agent.reload().catch((fault: Error) => shell.terminal.note(`the files were not read again: ${fault.message}`));
  });
  await shell.interrupted;
  await agent.stop();
  return EXIT.ok;
};

/** Every product the agent keeps. */
export const status: Action = async (given, shell) => {
  const agent = await connectAgent(socketsOf(given).everybody);
  try {
    const { facts } = (await agent.request("licence-facts")) as { readonly facts: readonly LicenceFacts[] };
    const rows = facts.map(rowOf);
    const lines = rows.length === 0 ? ["no product has a key on this machine"] : undefined;
    shell.terminal.answer({
      json: facts,
      rows,
      short: rows.map((row) => row.status).join(", "),
      ...(lines && { lines }),
    });
    return facts.every(({ state }) => state.status === LICENSE_STATUS.licensed) ? EXIT.ok : EXIT.notActivated;
  } finally {
    agent.close();
  }
};

function rowOf({ product, state, client }: LicenceFacts) {
  return {
    product: product.name,
    status: LICENSE_STATUS_TEXT[state.status],
    until: instantText(state.endsMs),
    host: client?.fixedHost || client?.discoveredHost || "",
    nextAttempt: instantText(client?.nextAttemptMs),
    lastFive: product.partialKey,
  };
}

function socketsOf(given: Given): AgentPlaces {
  const directory = textOf(given, "sockets");
  const places = directory === undefined ? defaultAgentPlaces() : agentPlacesIn(directory);
  if (places !== undefined) return places;
  throw refused("CONFIGURATION_INVALID", {
    expected: "COUNTERSIGN_AGENT to name the directory of the sockets",
    found: "off",
  });
}
