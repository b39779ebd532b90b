import { SOFTWARE_VERSION } from "@countersign/domain";
import { createHost, DEFAULT_LIMITS, type Host } from "@countersign/host";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import type { HostStore } from "@countersign/storage";
import { openMemoryHostStore } from "@countersign/storage/memory";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import type { Platform } from "./scenario.ts";
import type { Vendor } from "./vendor.ts";

/** One activated host that serves every vendor's product: the real core on a memory store. */
export interface Site {
  readonly vendors: readonly Vendor[];
  /** The process that serves now. */
  host(): Host;
  /** Each vendor defines one more product; the host is handed the new trust files. */
  publish(): Promise<void>;
  /** Another host process on the same store; the one before finishes what it accepted. */
  restart(): Promise<void>;
}

/** What a site is built from. */
export interface SiteParts {
  readonly vendors: readonly Vendor[];
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly platform: Platform;
  /** Stands between host and store. */
  readonly watched: (store: HostStore) => HostStore;
}

/** Installs the host key of each vendor and activates, all in virtual time. */
export async function openSite(parts: SiteParts): Promise<Site> {
  const { vendors } = parts;
  const hostParts = hostPartsOf(parts);
  let host = await createHost(hostParts);
  for (const { trust, hostKey } of vendors) {
    await host.addTrust(trust);
    await host.installKey(hostKey);
  }
  await host.activateOnline(new Uint8Array());
  return {
    vendors,
    host: () => host,
    publish: async () => {
      for (const vendor of vendors) await host.addTrust(await vendor.publish());
    },
    restart: async () => {
      const before = host;
      host = await createHost(hostParts);
      await before.drain();
    },
  };
}

function hostPartsOf({ vendors, time, random, platform, watched }: SiteParts): Parameters<typeof createHost>[0] {
  return {
    store: watched(openMemoryHostStore(random.bytes)),
    keyring: openMemoryKeyring(platform.drawKey),
    cryptography: { ...platform.cryptography, random: random.bytes },
    scrypt: platform.scrypt,
    clock: { wallMs: time.nowMs, monotonicMs: time.nowMs },
    random: random.bytes,
    computerName: "host-1",
    limits: DEFAULT_LIMITS,
    softwareVersion: SOFTWARE_VERSION,
    listeningPort: () => 1688,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    publisherClient: (url) => deskAt(url, vendors),
    // Requests of one instant are all queued before the first batch is taken.
    defer: () => time.pass(0),
    dataDirectory: "",
  };
}

function deskAt(url: string, vendors: readonly Vendor[]) {
  const vendor = vendors.find((each) => each.url === url);
  if (vendor === undefined) throw new Error(`no publisher serves at ${url}`);
  return vendor.desk;
}
