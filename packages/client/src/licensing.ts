import {
  type Channel,
  equalBytes,
  type Product,
  type ProductKey,
  parseProductKey,
  productIdOfKid,
  publisherMask,
  type Refusal,
  refuse,
  refuseTypedKey,
} from "@countersign/domain";
import { adoptTrust } from "./adopt-trust.ts";
import type { ClientEvent } from "./client-event.ts";
import { type GivenKey, installGivenKey } from "./install-key.ts";
import { clientOf, type KeyResult, type LicensingClient } from "./licensing-client.ts";
import type { LicensingPorts, LicensingSettings, PublisherOptions } from "./licensing-ports.ts";
import { LONGEST_LOOK_MS, lookAndAsk, nextLookInMs } from "./look.ts";
import { embeddedTrust, newestTrust } from "./newest-trust.ts";
import { openProduct } from "./open-product.ts";
import { openPublisher } from "./open-publisher.ts";
import { observePresent, type PublisherSession, refreshSettings, save } from "./publisher-session.ts";
import { type RearmResult, type RearmScope, rearm } from "./rearm.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Session } from "./session.ts";
import { type EffectiveSettings, effectiveSettings } from "./settings/effective-settings.ts";

/** An open client, or why the vendor's arguments allow none. */
export type OpenedClient =
  | { readonly ok: true; readonly client: LicensingClient }
  | { readonly ok: false; readonly refusal: Refusal };

/** An open store, or why the trust file or the store allow none. */
export type OpenedLicensing =
  | { readonly ok: true; readonly licensing: Licensing }
  | { readonly ok: false; readonly refusal: Refusal };

/** A product that the publisher's policies name. */
export interface KnownProduct {
  readonly activationId: Uint8Array;
  readonly applicationId: Uint8Array;
  readonly productId: number;
  readonly name: string;
  /** Which kinds of key activate it, by the newest signed policy. */
  readonly channels: readonly Channel[];
}

/**
 * Every product of one publisher on one machine, over one store. The CMID, the clock, the trust, the host that answered
 * last and the settings are the machine's; licence, lease, sequence and schedule are the product's. One step at a time.
 */
export interface Licensing {
  readonly publisherId: Uint8Array;
  readonly publisherName: string;
  /** All the policies name, with or without a key. */
  known(): readonly KnownProduct[];
  /** The open ones: at first every product with an installed key. */
  clients(): readonly LicensingClient[];
  /** Opens a product; `setupKey` is installed only where it has no key. The same client for the same product. */
  open(activationId: Uint8Array, setupKey?: string): Promise<OpenedClient>;
  /** Installs a key a person typed for whichever product it is of. */
  installKey(text: string): Promise<OpenedClient>;
  rearm(scope: RearmScope): Promise<RearmResult>;
  generalize(): Promise<RearmResult>;
  /** Takes up a newer trust file of the same publisher; an older one changes nothing. */
  addTrust(trust: Uint8Array): Promise<KeyResult>;
  settings(): EffectiveSettings;
  /** Reads the settings again, so that what was changed is in force at once. */
  readSettings(): Promise<void>;
  tick(): Promise<void>;
  nextTickInMs(): number;
  onEvent(listener: (event: ClientEvent) => void): () => void;
  close(): Promise<void>;
}

/** Opens the store of one publisher, and every product in it that has a key. */
export async function openLicensing(ports: LicensingPorts, options: PublisherOptions): Promise<OpenedLicensing> {
  const opened = await openPublisher(ports, options);
  if (!opened.ok) return opened;
  const licensing = new OpenLicensing(opened.session);
  const withKey = opened.session.state.products.filter(({ setupKey }) => setupKey !== undefined);
  for (const { productId } of withKey) {
    // A product that no policy names any more stays in the store, and is not opened.
    const product = productById(opened.session, productId);
    if (product !== undefined) await licensing.openNow(product.activationId, undefined);
  }
  return { ok: true, licensing };
}

/** Opens the licence of one product, for a program that has a store to itself. Closing the client closes the store. */
export async function openOneProduct(
  ports: LicensingPorts,
  options: PublisherOptions,
  { activationId, setupKey }: Pick<LicensingSettings, "activationId" | "setupKey">,
): Promise<OpenedClient> {
  const opened = await openPublisher(ports, options);
  if (!opened.ok) return opened;
  const { session } = opened;
  const key = setupKey === undefined ? undefined : { text: setupKey, byPerson: false };
  const product = await openProduct(session, { activationId, key });
  if (!product.ok) return product;
  const queue = new SerialQueue();
  return { ok: true, client: clientOf(product.session, queue, () => queue.run(() => closeStore(session))) };
}

/** openOneProduct with settings that are given once and come from nowhere else. */
export function openLicensingClient(ports: LicensingPorts, settings: LicensingSettings): Promise<OpenedClient> {
  const { trust, ephemeral, sdk } = settings;
  const given = givenSettings(settings);
  return openOneProduct(ports, { trust, ephemeral, sdk, readSettings: async () => given }, settings);
}

class OpenLicensing implements Licensing {
  readonly #session: PublisherSession;
  readonly #queue = new SerialQueue();
  readonly #open = new Map<number, { readonly session: Session; readonly client: LicensingClient }>();

  constructor(session: PublisherSession) {
    this.#session = session;
  }

  get publisherId(): Uint8Array {
    return this.#session.trust.publisherId;
  }

  get publisherName(): string {
    return this.#session.trust.publisherName;
  }

  known(): readonly KnownProduct[] {
    return this.#session.trust.policies.flatMap(({ value: { application } }) =>
      application.products.map(({ activationId, productId, name, channels }) => ({
        ...{ activationId, productId, name, channels },
        applicationId: application.applicationId,
      })),
    );
  }

  clients(): readonly LicensingClient[] {
    return [...this.#open.values()].map(({ client }) => client);
  }

  open(activationId: Uint8Array, setupKey?: string): Promise<OpenedClient> {
    const key = setupKey === undefined ? undefined : { text: setupKey, byPerson: false };
    return this.#queue.run(() => this.openNow(activationId, key));
  }

  installKey(text: string): Promise<OpenedClient> {
    const { trust, ports } = this.#session;
    const mask = publisherMask(trust.publisherId, ports.cryptography.sha256);
    const parsed = parseProductKey(text, mask);
    if (!parsed.ok) return Promise.resolve({ ok: false, refusal: refuseTypedKey(text, [mask]) });
    return this.#queue.run(async () => {
      const { key } = parsed;
      const product = key.kind === "setup" ? productById(this.#session, productIdOfKid(key.kid)) : undefined;
      if (product === undefined) return { ok: false, refusal: notOurs(key) };
      return this.openNow(product.activationId, { text, byPerson: true });
    });
  }

  rearm(scope: RearmScope): Promise<RearmResult> {
    return this.#queue.run(() => rearm(this.#session, "rearm", scope));
  }

  generalize(): Promise<RearmResult> {
    return this.#queue.run(() => rearm(this.#session, "generalize", { kind: "machine" }));
  }

  addTrust(bytes: Uint8Array): Promise<KeyResult> {
    return this.#queue.run(async () => {
      const { cryptography } = this.#session.ports;
      const given = await embeddedTrust(bytes, cryptography);
      if (!given.ok) return { ok: false, refusal: refuse(given.refusal.reason, { detail: given.refusal.detail }) };
      const merged = await newestTrust(this.#session.trust, bytes, cryptography);
      await adoptTrust(this.#session, merged, observePresent(this.#session));
      return { ok: true };
    });
  }

  settings(): EffectiveSettings {
    return this.#session.settings;
  }

  readSettings(): Promise<void> {
    return this.#queue.run(() => refreshSettings(this.#session));
  }

  tick(): Promise<void> {
    const sessions = [...this.#open.values()].map(({ session }) => session);
    return this.#queue.run(() => lookAndAsk(this.#session, sessions));
  }

  nextTickInMs(): number {
    const waits = [...this.#open.values()].map(({ session }) => nextLookInMs(session));
    return Math.min(LONGEST_LOOK_MS, ...waits);
  }

  onEvent(listener: (event: ClientEvent) => void): () => void {
    this.#session.listeners.add(listener);
    return () => this.#session.listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#queue.run(() => closeStore(this.#session));
  }

  /** Outside the queue: before anybody else has this object, or from a step of the queue. */
  async openNow(activationId: Uint8Array, key: GivenKey | undefined): Promise<OpenedClient> {
    const found = [...this.#open.values()].find(({ session }) => equalBytes(session.activationId, activationId));
    if (found !== undefined) {
      const refusal = key && (await installGivenKey(found.session, key));
      return refusal === undefined ? { ok: true, client: found.client } : { ok: false, refusal };
    }
    const opened = await openProduct(this.#session, { activationId, key });
    if (!opened.ok) return opened;
    const { session } = opened;
    const client = clientOf(session, this.#queue, async () => undefined);
    this.#open.set(session.product.productId, { session, client });
    return { ok: true, client };
  }
}

function productById({ trust }: PublisherSession, productId: number): Product | undefined {
  const products = trust.policies.flatMap(({ value }) => value.application.products);
  return products.find((product) => product.productId === productId);
}

function notOurs({ kind, kid }: ProductKey): Refusal {
  if (kind !== "setup") return refuse("KEY_WRONG_KIND", { expected: "setup key", found: `${kind} key` });
  return refuse("KEY_FOR_OTHER_PRODUCT", { detail: `product ${productIdOfKid(kid)}, which no policy here names` });
}

/** Settings that a program gave once, as arguments. */
function givenSettings({ trust: _trust, ...given }: LicensingSettings): EffectiveSettings {
  const { host, lookupDomain, dnsServers, keepPort, sendClientName } = given;
  const clientNames = sendClientName ? ("on" as const) : ("off" as const);
  const values = {
    ...(host && { host }),
    ...(lookupDomain !== undefined && { lookupDomain }),
    ...(dnsServers !== undefined && { dnsServers }),
    ...{ keepPort, clientNames },
  };
  return effectiveSettings({ flags: { values, place: "" } }, "");
}

async function closeStore(session: PublisherSession): Promise<void> {
  const present = observePresent(session);
  if (session.degraded === undefined) await save(session, session.state, present);
  await session.ports.store.close();
}
