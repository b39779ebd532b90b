import type { Client } from "@connectrpc/connect";
import type { RunningHost } from "@countersign/host/main";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { runningService } from "./admin-client.ts";
import type { Shell } from "./command.ts";
import { refused } from "./refusal-report.ts";

/** A host's administration, whether it serves or not. */
export type HostAdmin = Client<typeof HostAdminService>;

/** What a host's configuration is read from. */
export type ConfiguredBy = Pick<Shell, "env" | "platform">;

/** Asks the host that runs on the directory; where none does, its store is opened for the length of the question. */
export async function askHost<T>(
  directory: string,
  ask: (host: HostAdmin, isServing: boolean) => Promise<T>,
  shell: ConfiguredBy,
): Promise<T> {
  const running = await runningService(HostAdminService, directory);
  if (running !== undefined) return ask(running, true);
  const own = await openStoppedHost(directory, shell);
  try {
    const started = await runningService(HostAdminService, directory);
    if (started === undefined) throw refused("SERVICE_NOT_RUNNING", { role: "host", address: own.adminSocket });
    return await ask(started, false);
  } finally {
    await own.stop();
  }
}

/** A host that serves nobody: it holds the store's lock and answers on its Unix socket alone. */
export async function openStoppedHost(dataDirectory: string, { env, platform }: ConfiguredBy): Promise<RunningHost> {
  const { readHostConfiguration, startHost } = await import("@countersign/host/main");
  const { configuration } = await readHostConfiguration({ env, platform, configFile: undefined });
  return startHost({ ...configuration, dataDirectory, serves: false, logLevel: "silent" });
}

/** Makes the store and identity of a host; answers its id. A host that is there stays as it is. */
export async function makeHost(directory: string, shell: ConfiguredBy): Promise<Uint8Array> {
  return askHost(directory, async (host) => (await host.getStatus({})).hostId, shell);
}
