import { textOf } from "../actions/words.ts";
import type { Given, Shell } from "../command.ts";
import { stateRoot } from "../places.ts";
import { refused } from "../refusal-report.ts";
import { withLocalCall } from "../slmgr/host-side.ts";
import { remoteCall } from "../slmgr/remote-host.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import type { EventSource } from "./event-source.ts";
import { hostSource } from "./host-source.ts";

/** Both logs of this machine, or that of the host elsewhere; undefined = not there. */
export interface EventSources {
  readonly host: EventSource | undefined;
  readonly client: EventSource | undefined;
}

/** Opens what the options name for the length of the work: a running host is asked, a stopped one's store opened under its lock. */
export async function withSources<T>(
  given: Given,
  shell: Shell,
  work: (sources: EventSources) => Promise<T>,
): Promise<T> {
  const target = textOf(given, "host");
  if (target !== undefined) {
    const flags = { tokenFile: textOf(given, "tokenFile"), caFile: textOf(given, "caFile") };
    return work({ host: hostSource(await remoteCall(target, flags, shell)), client: undefined });
  }
  const side = textOf(given, "side") ?? "";
  if (!["", "host", "client"].includes(side))
    throw refused("USAGE_INVALID", { expected: "--side to be host or client", found: side });
  const host = side === "client" ? undefined : await directoryOf("host", given, shell);
  const client = side === "host" ? undefined : await directoryOf("client", given, shell);
  if (host === undefined && client === undefined) {
    const path = textOf(given, "data") ?? stateRoot(shell);
    throw refused("STORE_MISSING", { role: side || "host", path });
  }
  const own = client === undefined ? undefined : (await import("./client-source.ts")).clientSource(client);
  if (host === undefined) return work({ host: undefined, client: own });
  return withLocalCall(host, shell, (call) => work({ host: hostSource(call), client: own }));
}

async function directoryOf(role: "host" | "client", given: Given, shell: Shell): Promise<string | undefined> {
  const directory = await targetDirectory(role, given, shell);
  return (await isSetUp(role, directory)) ? directory : undefined;
}
