import { type Client, createClient, createRouterTransport } from "@connectrpc/connect";
import { PublisherAdminService } from "@countersign/protocol/gen/publisher";
import { runningService } from "./admin-client.ts";
import type { Shell } from "./command.ts";

/** A publisher's administration, whether its service runs or not. */
export type PublisherAdmin = Client<typeof PublisherAdminService>;

/** What a publisher's configuration is read from. */
export interface PublisherBy extends Pick<Shell, "env" | "platform"> {
  /** `--config`. */
  readonly configFile?: string | undefined;
}

/** Asks the service that runs on the directory, else the store itself, under its lock. */
export async function askPublisher<T>(
  directory: string,
  ask: (publisher: PublisherAdmin) => Promise<T>,
  by: PublisherBy,
): Promise<T> {
  const running = await runningService(PublisherAdminService, directory);
  if (running !== undefined) return ask(running);
  const { openPublisher } = await import("@countersign/publisher/main");
  const { publisherAdminRoutes } = await import("@countersign/publisher");
  const parts = await openPublisher(directory, await keysBy(by));
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
  by: PublisherBy,
): Promise<void> {
  const { openPublisher } = await import("@countersign/publisher/main");
  const { createPublisher } = await import("@countersign/publisher");
  const parts = await openPublisher(directory, await keysBy(by));
  try {
    await createPublisher(wanted, parts);
  } finally {
    await parts.close();
  }
}

/** Where its keys are, and what opens them. */
async function keysBy({ env, platform, configFile }: PublisherBy) {
  const { readPublisherConfiguration } = await import("@countersign/publisher/main");
  return (await readPublisherConfiguration({ env, platform, configFile })).keys;
}
