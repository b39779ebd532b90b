import type { Facts } from "../facts/facts.ts";
import type { RecordDeletion } from "../finder/report.ts";
import { bareName, portOf } from "./names.ts";
import { shellWord } from "./phrases.ts";

const DNS_PORT = "53";

/** The DNS servers that are asked, as `ip:port`: those a client's settings name, else its machine's. */
export function serversAsked({ clients, machine }: Facts): readonly string[] {
  const set = clients.map(({ settings }) => settings["dnsServers"]?.value ?? "").find((value) => value !== "");
  if (set !== undefined)
    return set.split(/[ ,]+/).map((server) => (portOf(server) === "" ? `${server}:${DNS_PORT}` : server));
  return machine?.resolvers ?? [];
}

/** `dig` at the server that is asked, so that a person sees what the machine saw. */
export function digCommand(facts: Facts, type: string, name: string): string {
  const [server] = serversAsked(facts);
  if (server === undefined) return `dig ${type} ${shellWord(name)}`;
  const port = portOf(server);
  const other = port === "" || port === DNS_PORT ? "" : ` -p ${port}`;
  return `dig @${bareName(server)}${other} ${type} ${shellWord(name)}`;
}

/** One line that sends these updates; nsupdate finds the zone's primary by itself, save at a port that is not DNS's own. */
export function updateCommand(facts: Facts, lines: readonly string[]): string {
  const [server] = serversAsked(facts);
  const port = server === undefined ? "" : portOf(server);
  const at = server === undefined || port === "" || port === DNS_PORT ? [] : [`server ${bareName(server)} ${port}`];
  return `printf '%s\\n' ${[...at, ...lines].map((line) => `'${line.replaceAll("'", "'\\''")}'`).join(" ")} | nsupdate`;
}

/** The line that deletes exactly these records; "" where a name holds what no command may. */
export function deleteCommand(facts: Facts, deletions: readonly RecordDeletion[]): string {
  const lines = deletions.flatMap(({ nsupdate }) => nsupdate);
  return lines.length === 0 ? "" : updateCommand(facts, lines);
}
