import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { RefusalError, refuse } from "@countersign/domain";
import { KeyFault } from "@countersign/keyring";
import { openFileKeyring } from "@countersign/keyring/file";
import { nodeCryptography, nodeScrypt } from "@countersign/protocol/node";
import { StoreFault } from "@countersign/storage";
import { openSqlitePublisherStore } from "@countersign/storage/sqlite";
import { pino } from "pino";
import { type Listening, listenTcp, listenUnix, SOURCE_HEADER } from "./http/listen.ts";
import { publisherAdminRoutes } from "./http/publisher-admin-service.ts";
import { publisherRoutes } from "./http/publisher-service.ts";
import type { PublisherParts } from "./publisher-parts.ts";

/** The socket the local command line asks, inside the data directory. */
export const ADMIN_SOCKET = "admin.sock";

/** Where a publisher lives and listens. */
export interface PublisherOptions {
  readonly dataDirectory: string;
  readonly listenAddress: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly logLevel?: string;
}

/** A publisher's parts over its data directory, for commands that find no running service. */
export interface OpenedPublisher extends PublisherParts {
  close(): Promise<void>;
}

/** Opens the store under its lock and the keyring beside it. Faults arrive as RefusalError with a named reason. */
export async function openPublisher(dataDirectory: string): Promise<OpenedPublisher> {
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    const keyring = await openFileKeyring({
      directory: join(dataDirectory, "keys"),
      passphrase: process.env["COUNTERSIGN_KEY_PASSPHRASE"],
    });
    const store = openSqlitePublisherStore(join(dataDirectory, "publisher.sqlite"));
    return {
      store,
      keyring,
      cryptography: nodeCryptography,
      scrypt: nodeScrypt,
      now: Date.now,
      close: () => store.close(),
    };
  } catch (error) {
    throw named(error);
  }
}

/** The publisher's service: 1690 for hosts, a Unix socket for the vendor's people. `stop` answers what was accepted. */
export async function startPublisher(options: PublisherOptions): Promise<Listening> {
  const log = pino({ level: options.logLevel ?? "info" }, pino.destination(2));
  const parts = await openPublisher(options.dataDirectory);
  try {
    const service = await listenTcp(
      publisherRoutes(parts, (header) => header.get(SOURCE_HEADER) ?? ""),
      { host: options.listenAddress, port: options.port },
    );
    const admin = await listenUnix(publisherAdminRoutes(parts), join(options.dataDirectory, ADMIN_SOCKET));
    log.info({ port: service.port, data: options.dataDirectory }, "the publisher serves");
    const stop = async () => {
      await Promise.all([service.stop(), admin.stop()]);
      await parts.close();
      log.info("the publisher stopped");
    };
    return { port: service.port, stop };
  } catch (error) {
    await parts.close();
    throw named(error);
  }
}

const STORE_REASONS = {
  locked: "STORE_LOCKED",
  newer: "STORE_NEWER",
  corrupt: "STORE_CORRUPT",
  full: "STORE_UNAVAILABLE",
  "read-only": "STORE_UNAVAILABLE",
  failed: "STORE_UNAVAILABLE",
} as const;

function named(error: unknown): unknown {
  if (error instanceof StoreFault)
    return new RefusalError(refuse(STORE_REASONS[error.reason], { detail: error.message, path: error.message }), {
      cause: error,
    });
  if (error instanceof KeyFault)
    return new RefusalError(refuse("KEYRING_UNUSABLE", { detail: error.message }), { cause: error });
  return error;
}
