import { type Licensing, type LicensingClient, openLicensing, writeSetting } from "@countersign/client";
import {
  eventFile,
  httpTransport,
  openTrustedStoreFile,
  systemClock,
  systemIdentity,
  systemResolver,
} from "@countersign/client/node";
import { fromUuid, type Refusal, RefusalError, refuse, SOFTWARE_VERSION, toHex } from "@countersign/domain";
import { openTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import {
  clientSettingsFiles,
  demonstrationIdentity,
  readClientDirectory,
  writeClientSettings,
} from "../client-settings.ts";
import type { ClientSide } from "./client-side.ts";

/** The product of a directory that `client init` made: opened here, because no agent keeps it. */
export async function openDirectorySide(directory: string): Promise<ClientSide> {
  const { settings, trust, store } = await readClientDirectory(directory);
  const { licensing, publisherId, files } = await openStore(directory, store, trust, settings);
  const { product, setupKey } = settings;
  const client = await opened(licensing, product, setupKey === "" ? undefined : setupKey);
  const own = (activationId: string): LicensingClient => {
    if (activationId.toLowerCase() !== product.toLowerCase())
      throw new RefusalError(refuse("NOT_FOUND", { what: "product of this directory", name: activationId }));
    return client;
  };
  return {
    licences: async () => [client.facts()],
    async activate(activationId) {
      const result = await own(activationId).activate({ interactive: true });
      if (!result.ok) throw new RefusalError(result.refusal);
      return result;
    },
    async installKey(text) {
      done(await client.installKey(text, true));
      await writeClientSettings(directory, { ...settings, setupKey: text });
      const { name, partialKey } = client.facts().product;
      return { name, partialKey };
    },
    async removeKey(activationId) {
      const removed = own(activationId);
      if (removed.status().partialKey === "") throw new RefusalError(refuse("KEY_NOT_INSTALLED"));
      await removed.removeKey();
      await writeClientSettings(directory, { ...settings, setupKey: "" });
    },
    async rearm(wish) {
      done(await licensing.rearm(scopeOf(wish)));
    },
    async change(name, value, activationId) {
      if (activationId !== "") own(activationId);
      const of = activationId === "" ? undefined : publisherId;
      const refusal = await files.change({ name, value, publisherId: of });
      if (refusal !== undefined) throw new RefusalError(refusal);
      await licensing.readSettings();
      return String(writeSetting(name, (await files.read(publisherId)).values));
    },
    close: () => licensing.close(),
  };
}

async function openStore(
  directory: string,
  storeDirectory: string,
  trust: Uint8Array,
  settings: Parameters<typeof demonstrationIdentity>[0],
) {
  const files = clientSettingsFiles(directory);
  const root = await openTrust(trust, nodeCryptography);
  if (!root.ok) throw new RefusalError(refuse(root.refusal.reason, { detail: root.refusal.detail }));
  const publisherId = toHex(root.value.publisherId);
  const machine = demonstrationIdentity(settings) ?? systemIdentity();
  const clock = systemClock();
  const anchor = (await machine.read()).components.find(({ kind }) => kind === "osInstallId")?.value ?? "";
  const store = await openTrustedStoreFile({ directory: storeDirectory, bootId: clock.bootId, anchor });
  const ports = { store, machine, clock, cryptography: nodeCryptography, fraction: Math.random };
  const outside = { transport: httpTransport(), resolver: systemResolver(), events: eventFile(storeDirectory) };
  const options = {
    trust,
    ephemeral: false,
    sdk: `ts/${SOFTWARE_VERSION}`,
    readSettings: () => files.read(publisherId),
  };
  const licensing = await openLicensing({ ...ports, ...outside }, options);
  if (licensing.ok) return { licensing: licensing.licensing, publisherId, files };
  await store.close();
  throw new RefusalError(licensing.refusal);
}

async function opened(licensing: Licensing, product: string, setupKey: string | undefined): Promise<LicensingClient> {
  const client = await licensing.open(fromUuid(product) ?? new Uint8Array(16), setupKey);
  if (client.ok) return client.client;
  await licensing.close();
  throw new RefusalError(client.refusal);
}

function scopeOf(wish: Parameters<ClientSide["rearm"]>[0]): Parameters<Licensing["rearm"]>[0] {
  const id = (text: string) => fromUuid(text) ?? new Uint8Array(16);
  switch (wish.scope) {
    case "machine":
      return { kind: "machine" };
    case "application":
      return { kind: "application", applicationId: id(wish.applicationId) };
    case "product":
      return { kind: "product", activationId: id(wish.activationId) };
  }
}

function done(result: { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }): void {
  if (!result.ok) throw new RefusalError(result.refusal);
}
