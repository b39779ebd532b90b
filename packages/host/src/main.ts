import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { RefusalError, refuse } from "@countersign/domain";
import { openKeyringWith, type SignerCommand } from "@countersign/keyring/external";
import { openFileKeyring } from "@countersign/keyring/file";
import { nodeCryptography, nodeScrypt } from "@countersign/protocol/node";
import type { HostStore } from "@countersign/storage";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { pino } from "pino";
import { createHost } from "./core/host.ts";
import type { HostClocks, HostParts } from "./core/host-parts.ts";
import { DEFAULT_LIMITS, type HostLimits } from "./core/limits.ts";
import { listenForAdmin, listenForHealth } from "./http/admin-server.ts";
import { namedFault } from "./http/connect-errors.ts";
import { listenForClients } from "./http/listener.ts";
import { connectPublisher } from "./http/publisher-client.ts";

const HOUR_MS = 3_600_000;
const SOFTWARE_VERSION = "0.1.0";
const SYSTEM_CLOCKS: HostClocks = { wallMs: Date.now, monotonicMs: () => Math.floor(performance.now()) };

/** Where and how a host process runs. Port 0 lets the system choose. */
export interface HostOptions {
  readonly dataDirectory: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly listenAddress?: string;
  readonly passphrase?: string | undefined;
  readonly signer?: SignerCommand | undefined;
  readonly limits?: Partial<HostLimits>;
  readonly logLevel?: string;
  /** Most pages of 4 KiB the store may have: a disk of a size of its own. */
  readonly maxStorePages?: number;
  /** For tests of the clock guard. */
  readonly clock?: Partial<HostClocks>;
  /** For tests that watch the store at work or break it. */
  readonly wrapStore?: (store: HostStore) => HostStore;
}

/** A running host. `stop` finishes what was accepted. */
export interface RunningHost {
  readonly port: number;
  readonly adminPort: number;
  readonly adminSocket: string;
  stop(): Promise<void>;
}

/** The composition root of the host: store, keys, clocks and sockets meet here. What stands in the way is a RefusalError. */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const closers: (() => Promise<void>)[] = [];
  try {
    return await compose(options, closers);
  } catch (fault) {
    await closeAll(closers).catch(() => {}); // What stood in the way says more than what it broke.
    const refusal = namedFault(fault);
    throw refusal === undefined || fault instanceof RefusalError ? fault : new RefusalError(refusal, { cause: fault });
  }
}

async function compose(options: HostOptions, closers: (() => Promise<void>)[]): Promise<RunningHost> {
  const { dataDirectory, listenAddress = "0.0.0.0", maxStorePages: maxPages, passphrase, signer } = options;
  makeDirectory(dataDirectory);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const limit = maxPages === undefined ? {} : { maxPages };
  const opened = openSqliteHostStore(join(dataDirectory, "host.db"), random, limit);
  closers.push(() => opened.close());
  const store = options.wrapStore?.(opened) ?? opened;
  const files = await openFileKeyring({ directory: join(dataDirectory, "keys"), passphrase });
  const { keyring, close } = openKeyringWith(signer, files);
  closers.push(close);
  const log = pino({ level: options.logLevel ?? "info" }, pino.destination({ fd: 2, sync: true }));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let port = options.port ?? 1688;
  const parts: HostParts = {
    ...{ store, keyring, cryptography: nodeCryptography, scrypt: nodeScrypt, random, limits, log, dataDirectory },
    clock: { ...SYSTEM_CLOCKS, ...options.clock },
    computerName: hostname(),
    softwareVersion: SOFTWARE_VERSION,
    listeningPort: () => port,
    publisherClient: connectPublisher,
    defer: () => new Promise((resolve) => setImmediate(resolve)),
  };
  const host = await createHost(parts);
  closers.push(() => host.drain());
  const adminSocket = join(dataDirectory, "admin.sock");
  const admin = await listenForAdmin(host, adminSocket, log);
  closers.push(() => admin.close());
  const health = await listenForHealth(host, { port: options.adminPort ?? 1689, address: listenAddress });
  closers.push(() => health.close());
  const clients = await listenForClients({ host, limits, log }, { port, address: listenAddress });
  port = clients.port;
  closers.push(() => clients.close());
  const tick = () => {
    host.tick().catch((fault) => log.error({ err: fault }, "the hourly work of the host failed"));
  };
  const timer = setInterval(tick, HOUR_MS);
  closers.push(async () => clearInterval(timer));
  tick();
  log.info({ port, adminPort: health.port }, "host ready");
  return { port, adminPort: health.port, adminSocket, stop: () => closeAll(closers) };
}

/** In reverse order, each whatever became of the others; rejects with the first fault. */
async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closers.splice(0).reverse()) await close().catch((fault) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const detail = (error as NodeJS.ErrnoException).code ?? "";
    throw new RefusalError(refuse("FILE_UNREADABLE", { path, detail }), { cause: error });
  }
}
