import {
  type ClientEvent,
  type KeyResult,
  type KnownProduct,
  type Licensing,
  type LicensingClient,
  type OpenedClient,
  type OpenedLicensing,
  type SettingChange,
  writeSetting,
} from "@countersign/client";
import { equalBytes, type Refusal, RefusalError, refuse, toHex, toUuid } from "@countersign/domain";

/** The settings of the machine, as the agent reads and changes them. */
export interface MachineSettings {
  change(change: SettingChange): Promise<Refusal | undefined>;
  problems(): readonly Refusal[];
}

/** Opens the store of the publisher of a trust file; what is refused is that file's fault or its store's. */
export type OpenPublisher = (trust: Uint8Array) => Promise<OpenedLicensing>;

/** An event and whose licence it is about. */
export interface MachineEvent extends ClientEvent {
  /** 32 hexadecimal digits. */
  readonly publisherId: string;
}

/** An open product of some publisher. */
export interface FoundProduct {
  readonly licensing: Licensing;
  readonly known: KnownProduct;
  /** Undefined while nobody installed a key for it or asked for it. */
  readonly client: LicensingClient | undefined;
}

/** Every product of every publisher on this machine. `schedule` starts a publisher's timer and returns what stops it. */
export class Machine {
  readonly settings: MachineSettings;
  readonly #open: OpenPublisher;
  readonly #schedule: (licensing: Licensing) => () => void;
  readonly #publishers = new Map<string, { readonly licensing: Licensing; readonly stop: () => void }>();
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  /** Publishers are taken up one after the other: two files of one publisher must not open its store twice. */
  #taking: Promise<unknown> = Promise.resolve();

  constructor(open: OpenPublisher, settings: MachineSettings, schedule: (licensing: Licensing) => () => void) {
    this.#open = open;
    this.settings = settings;
    this.#schedule = schedule;
  }

  /** Takes a trust file up: a new publisher, or newer documents of one that is known. */
  takeTrust(trust: Uint8Array, publisherId: string): Promise<KeyResult> {
    const taken = this.#taking.then(async (): Promise<KeyResult> => {
      const known = this.#publishers.get(publisherId);
      if (known !== undefined) return known.licensing.addTrust(trust);
      const opened = await this.#open(trust);
      if (!opened.ok) return opened;
      const { licensing } = opened;
      licensing.onEvent((event) => this.#tell({ ...event, publisherId }));
      this.#publishers.set(publisherId, { licensing, stop: this.#schedule(licensing) });
      return { ok: true };
    });
    this.#taking = taken.catch(() => undefined);
    return taken;
  }

  publishers(): readonly Licensing[] {
    return [...this.#publishers.values()].map(({ licensing }) => licensing);
  }

  /** The publisher of that id; throws NOT_FOUND. */
  publisher(publisherId: string): Licensing {
    const found = this.#publishers.get(publisherId);
    if (found === undefined) throw notFound("publisher with a trust file on this machine", publisherId);
    return found.licensing;
  }

  /** The product of that activation id, whoever publishes it; throws NOT_FOUND. */
  product(activationId: Uint8Array): FoundProduct {
    for (const licensing of this.publishers()) {
      const known = licensing.known().find((each) => equalBytes(each.activationId, activationId));
      if (known !== undefined) return { licensing, known, client: clientOf(licensing, known) };
    }
    throw notFound("product of a publisher on this machine", toUuid(activationId));
  }

  /** The open client of that product; throws NOT_FOUND, or KEY_NOT_INSTALLED when nothing was ever installed for it. */
  client(activationId: Uint8Array): LicensingClient {
    const { client } = this.product(activationId);
    if (client === undefined) throw new RefusalError(refuse("KEY_NOT_INSTALLED"));
    return client;
  }

  /** Installs a key for whichever publisher it is of, or of the one named. */
  async installKey(text: string, publisherId: string | undefined): Promise<OpenedClient> {
    const tried = publisherId === undefined ? this.publishers() : [this.publisher(publisherId)];
    const refusals: Refusal[] = [];
    for (const licensing of tried) {
      const installed = await licensing.installKey(text);
      if (installed.ok) return installed;
      refusals.push(installed.refusal);
    }
    return { ok: false, refusal: mostTelling(refusals) };
  }

  /** Changes a setting, in force for every publisher at once. */
  async changeSetting(change: SettingChange): Promise<void> {
    if (change.publisherId !== undefined) this.publisher(change.publisherId);
    const refusal = await this.settings.change(change);
    if (refusal !== undefined) throw new RefusalError(refusal);
    await this.readSettings();
  }

  async readSettings(): Promise<void> {
    for (const licensing of this.publishers()) await licensing.readSettings();
  }

  /** Returns what ends the listening. */
  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the schedules, saves every store and lets the next process write. */
  async close(): Promise<void> {
    await this.#taking;
    for (const { stop } of this.#publishers.values()) stop();
    for (const licensing of this.publishers()) await licensing.close();
  }

  #tell(event: MachineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** A setting in force as it goes over the socket. */
export interface SettingMessage {
  readonly name: string;
  readonly value: string | boolean;
  readonly source: string;
  readonly place: string;
}

/** Every setting in force for one publisher. */
export function settingsOf(licensing: Licensing, names: readonly string[]): readonly SettingMessage[] {
  const { values, origins } = licensing.settings();
  return (names as readonly (keyof typeof values)[]).map((name) => ({
    ...{ name, value: writeSetting(name, values) },
    ...origins[name],
  }));
}

/** The publisher's id as sockets and directories spell it. */
export function publisherText({ publisherId }: Licensing): string {
  return toHex(publisherId);
}

function clientOf(licensing: Licensing, { activationId }: KnownProduct): LicensingClient | undefined {
  const text = toUuid(activationId);
  return licensing.clients().find((client) => client.facts().product.activationId === text);
}

/** What a publisher says that knows the key, before what it may be misspelt from, before that it is nobody's here. */
function mostTelling(refusals: readonly Refusal[]): Refusal {
  const rank = ({ reason }: Refusal) => ["KEY_INVALID", "KEY_FOR_OTHER_PUBLISHER"].indexOf(reason);
  const [first] = refusals.toSorted((a, b) => rank(a) - rank(b));
  return first ?? refuse("KEY_FOR_OTHER_PUBLISHER");
}

function notFound(what: string, name: string): RefusalError {
  return new RefusalError(refuse("NOT_FOUND", { what, name }));
}
