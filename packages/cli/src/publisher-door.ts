import { type Client, createClient, createRouterTransport } from "@connectrpc/connect";
import { PublisherAdminService } from "@countersign/protocol/gen/publisher";
import { runningService } from "./admin-client.ts";
import type { Shell } from "./command.ts";
import { keyPassphrase } from "./key-passphrase.ts";

/** A publisher's administration, whether its service runs or not. */
export type PublisherAdmin = Client<typeof PublisherAdminService>;

/** Asks the service that runs on the directory, else the store itself, under its lock. */
export async function askPublisher<T>(
  directory: string,
  ask: (publisher: PublisherAdmin) => Promise<T>,
  shell: Pick<Shell, "env">,
): Promise<T> {
  const running = await runningService(PublisherAdminService, directory);
  if (running !== undefined) return ask(running);
  const { openPublisher } = await import("@countersign/publisher/main");
  const { publisherAdminRoutes } = await import("@countersign/publisher");
  const parts = await openPublisher(directory, await keyPassphrase(shell));
  try {
    return await ask(createClient(PublisherAdminService, createRouterTransport(publisherAdminRoutes(parts))));
  } finally {
    await parts.close();
  }
}

/** Makes the publisher of an empty directory. */
export async function makePublisher(
  directory: string,
  wanted: { readonly name: string; readonly serviceUrl: string },
  shell: Pick<Shell, "env">,
): Promise<void> {
  const { openPublisher } = await import("@countersign/publisher/main");
  const { createPublisher } = await import("@countersign/publisher");
  const parts = await openPublisher(directory, await keyPassphrase(shell));
  try {
    await createPublisher(wanted, parts);
  } finally {
    await parts.close();
  }
}
