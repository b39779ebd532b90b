import type { Client } from "@connectrpc/connect";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { runningService } from "./admin-client.ts";
import { refused } from "./error-report.ts";
import type { KeyPassphrase } from "./key-passphrase.ts";

/** A host's administration, whether it serves or not. */
export type HostAdmin = Client<typeof HostAdminService>;

/**
 * Asks the host that runs on the directory. Where none does, one is started on this machine's own address and ports of
 * its choice for the length of the question: it holds the store's lock, and no client can know where it is.
 */
export async function askHost<T>(
  directory: string,
  ask: (host: HostAdmin, isServing: boolean) => Promise<T>,
  passphrase: KeyPassphrase,
): Promise<T> {
  const running = await runningService(HostAdminService, directory);
  if (running !== undefined) return ask(running, true);
  const { startHost } = await import("@countersign/host/main");
  const own = await startHost({
    ...{ dataDirectory: directory, listenAddress: "127.0.0.1", port: 0, adminPort: 0, logLevel: "silent" },
    ...passphrase,
  });
  try {
    const started = await runningService(HostAdminService, directory);
    if (started === undefined) throw refused("SERVICE_NOT_RUNNING", { role: "host", address: own.adminSocket });
    return await ask(started, false);
  } finally {
    await own.stop();
  }
}

/** Makes the store and identity of a host; answers its id. A host that is there stays as it is. */
export async function makeHost(directory: string, passphrase: KeyPassphrase): Promise<Uint8Array> {
  return askHost(directory, async (host) => (await host.getStatus({})).hostId, passphrase);
}
