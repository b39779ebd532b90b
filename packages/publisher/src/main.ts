import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { RefusalError } from "@countersign/domain";
import { openKeyringWith, type SignerCommand } from "@countersign/keyring/external";
import { openFileKeyring } from "@countersign/keyring/file";
import { nodeCryptography, nodeScrypt } from "@countersign/protocol/node";
import { openSqlitePublisherStore } from "@countersign/storage/sqlite";
import { pino } from "pino";
import { type Listening, listenTcp, listenUnix, SOURCE_HEADER } from "./http/listen.ts";
import { publisherAdminRoutes } from "./http/publisher-admin-service.ts";
import { publisherRoutes } from "./http/publisher-service.ts";
import { namedFault } from "./named-fault.ts";
import type { PublisherParts } from "./publisher-parts.ts";

export { checkPublisherConfiguration, readPublisherConfiguration } from "./node/publisher-configuration.ts";

/** The socket the local command line asks, inside the data directory. */
export const ADMIN_SOCKET = "admin.sock";

/** Where a publisher lives and listens. */
export interface PublisherOptions {
  readonly dataDirectory: string;
  readonly listenAddress: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly logLevel?: string;
  readonly keys?: PublisherKeys;
}

/** How the private keys of a publisher are kept. */
export interface PublisherKeys {
  /** Seals them. */
  readonly passphrase?: string | undefined;
  /** They are in this process; secrets stay files. */
  readonly signer?: SignerCommand | undefined;
}

/** A publisher's parts over its data directory, for commands that find no running service. */
export interface OpenedPublisher extends PublisherParts {
  close(): Promise<void>;
}

/**
 * Opens the store, and under its lock the keyring beside it; with a signer, private keys are in that process. Faults
 * arrive as RefusalError with a named reason.
 */
export async function openPublisher(dataDirectory: string, keys: PublisherKeys = {}): Promise<OpenedPublisher> {
  const closers: (() => Promise<void>)[] = [];
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    const store = openSqlitePublisherStore(join(dataDirectory, "publisher.sqlite"));
    closers.push(() => store.close());
    const { passphrase, signer } = keys;
    const files = await openFileKeyring({ directory: join(dataDirectory, "keys"), passphrase });
    const { keyring, close } = openKeyringWith(signer, files);
    closers.push(close);
    const platform = { cryptography: nodeCryptography, scrypt: nodeScrypt, now: Date.now };
    return { store, keyring, ...platform, close: () => closeAll(closers) };
  } catch (error) {
    await closeAll(closers);
    throw named(error);
  }
}

/** The publisher's service: 1690 for hosts, a Unix socket for the vendor's people. `stop` answers what was accepted. */
export async function startPublisher(options: PublisherOptions): Promise<Listening> {
  const log = pino({ level: options.logLevel ?? "info" }, pino.destination(2));
  const parts = await openPublisher(options.dataDirectory, options.keys);
  const closers: (() => Promise<void>)[] = [() => parts.close()];
  try {
    const note = (fault: unknown) => log.error({ err: fault }, "an administrator's call failed");
    const admin = await listenUnix(publisherAdminRoutes(parts, note), join(options.dataDirectory, ADMIN_SOCKET));
    closers.push(admin.stop);
    const routes = publisherRoutes(parts, (header) => header.get(SOURCE_HEADER) ?? "", log);
    const service = await listenTcp(routes, { host: options.listenAddress, port: options.port });
    closers.push(service.stop);
    log.info({ port: service.port, directory: options.dataDirectory }, "the publisher serves");
    const stop = async () => {
      await closeAll(closers);
      log.info("the publisher stopped");
    };
    return { port: service.port, stop };
  } catch (error) {
    await closeAll(closers);
    throw named(error);
  }
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

function named(error: unknown): unknown {
  const refusal = namedFault(error);
  return refusal === undefined || error instanceof RefusalError ? error : new RefusalError(refusal, { cause: error });
}
