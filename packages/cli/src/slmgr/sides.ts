import type { Shell } from "../command.ts";
import { refused } from "../refusal-report.ts";
import type { ClientSide } from "./client-side.ts";
import { type HostSide, withLocalHost } from "./host-side.ts";
import { type ClientPlace, findMachine } from "./machine.ts";
import type { OptionRow } from "./option-row.ts";
import type { SlmgrFlags } from "./parse.ts";

/** Opens a side for the length of a question. */
export type Asking<Side> = <T>(ask: (side: Side) => Promise<T>) => Promise<T>;

/** Whom an option reaches: undefined = that side is not there. */
export interface Sides {
  readonly host: Asking<HostSide> | undefined;
  readonly client: Asking<ClientSide> | undefined;
}

/** The sides of the machine that was named, or of this one. An option of the other side is refused and nothing is opened. */
export async function sidesOf(option: OptionRow, target: string, flags: SlmgrFlags, shell: Shell): Promise<Sides> {
  if (target !== "") {
    if (option.side === "client") throw wrongSide(option, `${target} is asked as a host`);
    const { remoteHost } = await import("./remote-host.ts");
    const host = await remoteHost(target, flags, shell);
    return { host: (ask) => ask(host), client: undefined };
  }
  const { hostDirectory, client } = await findMachine(flags.data, shell);
  if (option.side === "host" && hostDirectory === undefined) throw wrongSide(option, "this machine is a client");
  if (option.side === "client" && client === undefined) throw wrongSide(option, "this machine is a host");
  return {
    host: hostDirectory === undefined ? undefined : (ask) => withLocalHost(hostDirectory, shell, ask),
    client: client && ((ask) => withClient(client, option.isElevated, ask)),
  };
}

async function withClient<T>(
  place: ClientPlace,
  isElevated: boolean,
  ask: (client: ClientSide) => Promise<T>,
): Promise<T> {
  const side =
    place.kind === "agent"
      ? await (await import("./agent-side.ts")).openAgentSide(place.directory, isElevated)
      : await (await import("./directory-side.ts")).openDirectorySide(place.directory);
  try {
    return await ask(side);
  } finally {
    await side.close();
  }
}

function wrongSide({ name, side }: OptionRow, found: string) {
  const nearest = side === "host" ? `name the host: slmgr HOST ${name}` : `run slmgr ${name} on the client`;
  const detail = `it is for a KMS ${side}, and ${found}`;
  return refused("OPTION_NOT_APPLICABLE", { option: name, detail, nearest });
}
