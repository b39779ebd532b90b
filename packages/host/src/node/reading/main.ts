import { randomBytes } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { effectiveHostSettings, RefusalError, refuse, SOFTWARE_VERSION } from "@countersign/domain";
import { openKeyringWith } from "@countersign/keyring/external";
import { openFileKeyringForReading } from "@countersign/keyring/file";
import { nodeCryptography, nodeScrypt } from "@countersign/protocol/node";
import { openSqliteHostStoreForReading } from "@countersign/storage/sqlite";
import { type AdminMethod, METHOD_ROLES } from "../../core/admin-roles.ts";
import { createHost } from "../../core/host.ts";
import type { HostLog, HostParts } from "../../core/host-parts.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { adminRoutes } from "../../http/admin-routes.ts";
import { namedFault } from "../../http/connect-errors.ts";
import { namedFaults } from "../../http/named-faults.ts";
import { connectPublisher } from "../../http/publisher-client.ts";
import { closeAll } from "../close-all.ts";
import { openDns } from "../dns/open-dns.ts";
import { type HostConfiguration, type HostOptions, settingLayersOf } from "../host-options.ts";
import { lookAround } from "../surroundings/surroundings.ts";

export { readHostConfiguration } from "../host-configuration.ts";

/** A host that does not run, as somebody looks at it. */
export interface LookedAtHost {
  /** HostAdminService, for READING_METHODS. */
  readonly transport: Transport;
  close(): Promise<void>;
}

/** What looks and changes nothing: a viewer's methods, and the list of administrators, which says who may what. */
export const READING_METHODS: readonly AdminMethod[] = [
  ...(Object.keys(METHOD_ROLES) as AdminMethod[]).filter((method) => METHOD_ROLES[method] === "viewer"),
  "listAdministrators",
];

const SILENT: HostLog = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Opens store and keys for reading alone: no socket, no lock for writing, no file that was not there, none that is
 * changed. What stands in the way is a RefusalError.
 */
export async function lookAtHost(
  options: HostConfiguration & Pick<HostOptions, "dataDirectory">,
): Promise<LookedAtHost> {
  const closers: (() => Promise<void>)[] = [];
  try {
    const parts = await partsOf(options, closers);
    const host = await createHost({ ...parts, listeningPort: () => host.settings().values.listeningPort });
    const transport = createRouterTransport(adminRoutes(host), { router: { interceptors: [namedFaults(() => {})] } });
    return { transport, close: () => closeAll(closers) };
  } catch (fault) {
    await closeAll(closers).catch(() => {});
    const refusal = namedFault(fault);
    throw refusal === undefined || fault instanceof RefusalError ? fault : new RefusalError(refusal, { cause: fault });
  }
}

async function partsOf(
  { dataDirectory, passphrase, signer, limits, ...options }: Parameters<typeof lookAtHost>[0],
  closers: (() => Promise<void>)[],
): Promise<Omit<HostParts, "listeningPort">> {
  const path = join(dataDirectory, "host.db");
  if (!mayRead(path)) throw new RefusalError(refuse("NOT_AUTHORISED", { detail: path }));
  const store = openSqliteHostStoreForReading(path);
  closers.push(() => store.close());
  const files = await openFileKeyringForReading({ directory: join(dataDirectory, "keys"), passphrase });
  const { keyring, close } = openKeyringWith(signer, files);
  closers.push(close);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const clock = { wallMs: Date.now, monotonicMs: () => Math.floor(performance.now()) };
  const settingLayers = settingLayersOf({ dataDirectory, ...options });
  const given = effectiveHostSettings(settingLayers).values;
  return {
    ...{ store, keyring, cryptography: nodeCryptography, scrypt: nodeScrypt, random, clock, dataDirectory },
    ...{ limits: { ...DEFAULT_LIMITS, ...limits }, log: SILENT, computerName: hostname() },
    ...{ settingLayers, ...openDns(options.dns, given, { random, clock }) },
    surroundings: () => lookAround({ dataDirectory, wallMs: clock.wallMs, settingLayers, tls: options.tls }),
    ...{ softwareVersion: SOFTWARE_VERSION, publisherClient: connectPublisher, defer: async () => {} },
  };
}

/** Its owner alone may read the store of a host that does not run: there is no socket that shows a part of it. */
function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EACCES"; // What else is wrong with it the store says.
  }
}
