import { type Client, createClient } from "@connectrpc/connect";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { runningService } from "./admin-client.ts";
import type { ConfiguredBy } from "./stopped-host.ts";

/** A host's administration, whether it serves or not. */
export type HostAdmin = Client<typeof HostAdminService>;

/** Asks the host that runs on the directory; where none does, its store is opened for the length of the question. */
export async function askHost<T>(
  directory: string,
  ask: (host: HostAdmin, isServing: boolean) => Promise<T>,
  by: ConfiguredBy,
): Promise<T> {
  const running = await runningService(HostAdminService, directory);
  if (running !== undefined) return ask(running, true);
  const { stoppedHost } = await import("./stopped-host.ts");
  const stopped = stoppedHost(directory, by);
  try {
    return await ask(createClient(HostAdminService, stopped.transport), false);
  } finally {
    await stopped.close();
  }
}

/** Makes the store and identity of a host; answers its id. A host that is there stays as it is. */
export async function makeHost(directory: string, by: ConfiguredBy): Promise<Uint8Array> {
  const running = await runningService(HostAdminService, directory);
  if (running === undefined) {
    const { openStoppedHost } = await import("./stopped-host.ts");
    await (await openStoppedHost(directory, by)).stop();
  }
  return askHost(directory, async (host) => (await host.getStatus({})).hostId, by);
}
