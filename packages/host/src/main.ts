import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { openFileKeyring } from "@countersign/keyring/file";
import { nodeCryptography, nodeScrypt } from "@countersign/protocol/node";
import type { HostStore } from "@countersign/storage";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { pino } from "pino";
import { createHost } from "./core/host.ts";
import type { HostParts } from "./core/host-parts.ts";
import { DEFAULT_LIMITS, type HostLimits } from "./core/limits.ts";
import { listenForAdmin, listenForHealth } from "./http/admin-server.ts";
import { listenForClients } from "./http/listener.ts";
import { connectPublisher } from "./http/publisher-client.ts";

const HOUR_MS = 3_600_000;
const SOFTWARE_VERSION = "0.1.0";

/** Where and how a host process runs. Port 0 lets the system choose. */
export interface HostOptions {
  readonly dataDirectory: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly listenAddress?: string;
  readonly passphrase?: string;
  readonly limits?: Partial<HostLimits>;
  readonly logLevel?: string;
  /** For tests of the clock guard. */
  readonly wallMs?: () => number;
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

/** The composition root of the host: store, keys, clocks and sockets meet here. Rejects with StoreFault, KeyFault or RefusalError. */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const { dataDirectory, listenAddress = "0.0.0.0" } = options;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const opened = openSqliteHostStore(join(dataDirectory, "host.db"), random);
  const store = options.wrapStore?.(opened) ?? opened;
  const closers: (() => Promise<void>)[] = [() => store.close()];
  const stopAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const { passphrase } = options;
    const directory = join(dataDirectory, "keys");
    const keyring = await openFileKeyring({ directory, ...(passphrase === undefined ? {} : { passphrase }) });
    const log = pino({ level: options.logLevel ?? "info" }, pino.destination({ fd: 2, sync: true }));
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    let port = options.port ?? 1688;
    const parts: HostParts = {
      ...{ store, keyring, cryptography: nodeCryptography, scrypt: nodeScrypt, random, limits, log, dataDirectory },
      clock: { wallMs: options.wallMs ?? (() => Date.now()), monotonicMs: () => Math.floor(performance.now()) },
      computerName: hostname(),
      softwareVersion: SOFTWARE_VERSION,
      listeningPort: () => port,
      publisherClient: connectPublisher,
      defer: () => new Promise((resolve) => setImmediate(resolve)),
    };
    const host = await createHost(parts);
    closers.push(() => host.drain());
    const adminSocket = join(dataDirectory, "admin.sock");
    const admin = await listenForAdmin(host, adminSocket);
    closers.push(() => admin.close());
    const health = await listenForHealth(host, { port: options.adminPort ?? 1689, address: listenAddress });
    closers.push(() => health.close());
    const clients = await listenForClients(host, limits, { port, address: listenAddress });
    port = clients.port;
    closers.push(() => clients.close());
    const tick = () => {
      host.tick().catch((fault) => log.error({ err: fault }, "the hourly work of the host failed"));
    };
    const timer = setInterval(tick, HOUR_MS);
    closers.push(async () => clearInterval(timer));
    tick();
    log.info({ port, adminPort: health.port }, "host ready");
    return { port, adminPort: health.port, adminSocket, stop: stopAll };
  } catch (fault) {
    await stopAll();
    throw fault;
  }
}
