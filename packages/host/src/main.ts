import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { effectiveHostSettings, RefusalError, SOFTWARE_VERSION } from "@countersign/domain";
import { openKeyringWith } from "@countersign/keyring/external";
import { openFileKeyring } from "@countersign/keyring/file";
import { nodeCryptography, nodeScrypt } from "@countersign/protocol/node";
import type { HostStore } from "@countersign/storage";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { pino } from "pino";
import { forwardingStore } from "./core/forwarding-store.ts";
import { createHost } from "./core/host.ts";
import type { HostClocks, HostParts } from "./core/host-parts.ts";
import { DEFAULT_LIMITS } from "./core/limits.ts";
import { noteNotStarted } from "./core/service-events.ts";
import { listenOnSockets } from "./http/admin-server.ts";
import type { ClientPort } from "./http/client-port.ts";
import { namedFault } from "./http/connect-errors.ts";
import { openPorts } from "./http/open-ports.ts";
import { connectPublisher } from "./http/publisher-client.ts";
import { closeAll } from "./node/close-all.ts";
import { makeDataDirectory, openForSockets } from "./node/data-directory.ts";
import { openDns } from "./node/dns/open-dns.ts";
import { openForwarding } from "./node/event-forwarder.ts";
import { everyHour, HOUSEKEEPING_AFTER_MS } from "./node/every-hour.ts";
import { type HostOptions, settingLayersOf } from "./node/host-options.ts";
import { putInForce } from "./node/put-in-force.ts";
import { lookAround } from "./node/surroundings/surroundings.ts";
import { type HostWatch, watchHost } from "./node/watch/watch-host.ts";

const SYSTEM_CLOCKS: HostClocks = { wallMs: Date.now, monotonicMs: () => Math.floor(performance.now()) };

export { checkHostConfiguration, readHostConfiguration } from "./node/host-configuration.ts";
// What starting one takes.
export type { HostOptions } from "./node/host-options.ts";
export { diskFacts } from "./node/surroundings/file-facts.ts";
export { hostFactsOf } from "./node/surroundings/host-facts-of.ts";
export { machineFacts } from "./node/surroundings/machine-facts.ts";

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
  const begun: { store?: HostStore } = {};
  try {
    return await compose(options, closers, begun);
  } catch (fault) {
    const refusal = namedFault(fault);
    // What stood in the way says more than what it broke.
    if (begun.store !== undefined)
      await noteNotStarted(begun.store, refusal?.reason ?? "INTERNAL_FAULT", Date.now()).catch(() => {});
    await closeAll(closers).catch(() => {});
    throw refusal === undefined || fault instanceof RefusalError ? fault : new RefusalError(refusal, { cause: fault });
  }
}

async function compose(
  options: HostOptions,
  closers: (() => Promise<void>)[],
  begun: { store?: HostStore },
): Promise<RunningHost> {
  const { dataDirectory, maxStorePages: maxPages, passphrase, signer } = options;
  makeDataDirectory(dataDirectory);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const path = join(dataDirectory, "host.db");
  const opened = openSqliteHostStore(path, random, maxPages === undefined ? {} : { maxPages });
  closers.push(() => opened.close());
  const kept = options.wrapStore?.(opened) ?? opened;
  const files = await openFileKeyring({ directory: join(dataDirectory, "keys"), passphrase });
  const { keyring, close } = openKeyringWith(signer, files);
  closers.push(close);
  const settingLayers = settingLayersOf(options);
  const given = effectiveHostSettings(settingLayers).values;
  const log = pino({ level: given.logLevel }, pino.destination({ fd: 2, sync: true }));
  const forwarding = openForwarding(given.forwardEvents, log);
  closers.push(() => forwarding.close());
  const opening: { clients?: ClientPort; watch?: HostWatch } = {};
  const store = forwardingStore(kept, hostname(), (record) => {
    forwarding.forward(record);
    opening.watch?.heard(record.eventId);
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const clock = { ...SYSTEM_CLOCKS, ...options.clock };
  const parts: HostParts = {
    ...{ store, keyring, cryptography: nodeCryptography, scrypt: nodeScrypt, random, limits, log, dataDirectory },
    ...{ settingLayers, computerName: hostname(), softwareVersion: SOFTWARE_VERSION },
    ...{ clock, ...openDns(options.dns, given, { random, clock }) },
    listeningPort: () => opening.clients?.port ?? host.settings().values.listeningPort,
    putInForce: (next) => putInForce(next, opening.clients, log),
    publisherClient: connectPublisher,
    surroundings: () => lookAround({ ...options, wallMs: clock.wallMs, settingLayers, listening: () => listening() }),
    defer: () => new Promise((resolve) => setImmediate(resolve)),
  };
  const listening = () =>
    opening.clients && { address: host.settings().values.listenAddress, port: opening.clients.port };
  const host = await createHost(parts);
  begun.store = store; // Not before: what is damaged, or lacks its keys, is not written to.
  closers.push(() => host.drain());
  const sockets = openForSockets(dataDirectory);
  const { admin: adminSocket } = sockets;
  const admin = await listenOnSockets(host, sockets, log);
  closers.push(() => admin.close());
  if (options.serves === false) return { port: 0, adminPort: 0, adminSocket, stop: () => closeAll(closers) };
  const { clients, health } = await openPorts(host, parts, options, closers);
  opening.clients = clients;
  closers.push(everyHour(() => host.tick(), log));
  closers.push(everyHour(() => host.keepHouse(), log, HOUSEKEEPING_AFTER_MS));
  opening.watch = watchHost(host, parts, options, closers);
  await host.started();
  log.info({ port: clients.port, adminPort: health.port }, "host ready");
  return { port: clients.port, adminPort: health.port, adminSocket, stop: () => closeAll(closers) };
}
