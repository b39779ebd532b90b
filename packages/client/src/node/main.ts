import { dirname } from "node:path";
import { EVENT, eventOf, REFUSALS, RefusalError, refuse, toHex } from "@countersign/domain";
import { openTrust, type TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { type ClientEvent, clientEvent } from "../client-event.ts";
import { productByActivationId } from "../license-policy.ts";
import { openOneProduct } from "../licensing.ts";
import type { LicensingPorts } from "../licensing-ports.ts";
import { openAgentLicense } from "./agent-license.ts";
import { agentPlacesIn, defaultAgentPlaces } from "./agent-places.ts";
import { defaultStoreDirectory, settingsPlaces } from "./client-places.ts";
import { eventFile } from "./event-file.ts";
import { eventStream } from "./event-stream.ts";
import { httpTransport } from "./http-transport.ts";
import { type License, licenseOver, type OpenLicenseOptions } from "./license.ts";
import { type ReadOptions, readOptions } from "./license-settings.ts";
import { systemIdentity } from "./machine-identity/system-identity.ts";
import { runSchedule } from "./schedule-timer.ts";
import { settingsFiles } from "./settings-files.ts";
import { systemClock } from "./system-clock.ts";
import { systemResolver } from "./system-resolver.ts";
import { openTrustedStoreFile } from "./trusted-store-file.ts";

/**
 * Opens the licence of one product on this machine: the agent's where there is one, else one in a store of the program's
 * own, which then asks hosts on its schedule until `close`. Throws a RefusalError only for wrong arguments (a trust file
 * that does not verify, an unknown product, a setup key of another product).
 */
export async function openLicense(options: OpenLicenseOptions): Promise<License> {
  const read = readOptions(options);
  const trust = await trustOf(options.trust);
  return (await openWithAgent(options, read, trust)) ?? openOwnStore(options, read, trust);
}

/** Undefined where a store of the program's own was asked for, or no agent serves this publisher. */
async function openWithAgent(
  { store, agent, setupKey, identity }: OpenLicenseOptions,
  { activationId }: ReadOptions,
  trust: TrustState,
): Promise<License | undefined> {
  const places = agent === undefined ? defaultAgentPlaces() : agentPlacesIn(agent);
  const product = productByActivationId(trust, activationId)?.product;
  if (store !== undefined || places === undefined || product === undefined) return undefined;
  return openAgentLicense({
    ...{ places, trust, product, setupKey, machine: identity ?? systemIdentity() },
    ...{ cryptography: nodeCryptography, wallMs: systemClock().wallMs },
  });
}

async function openOwnStore(options: OpenLicenseOptions, read: ReadOptions, trust: TrustState): Promise<License> {
  const publisherId = toHex(trust.publisherId);
  const directory = options.store ?? defaultStoreDirectory(publisherId);
  const settings = settingsFiles(settingsPlaces(dirname(directory)), read.flags);
  const clock = systemClock();
  const events = eventStream();
  const keep = eventFile(directory);
  const machine = options.identity ?? systemIdentity();
  const anchor = (await machine.read()).components.find(({ kind }) => kind === "osInstallId")?.value ?? "";
  const note = (event: ClientEvent) => {
    keep(event);
    events.push(event);
  };
  const store = await openTrustedStoreFile({ directory, bootId: clock.bootId, anchor });
  const ports: LicensingPorts = {
    ...{ store, machine, clock, cryptography: nodeCryptography, fraction: Math.random, events: note },
    transport: options.transport ?? httpTransport(),
    resolver: options.resolver ?? systemResolver(),
  };
  const { ephemeral, sdk, activationId } = read;
  const opened = await openOneProduct(
    ports,
    { trust: options.trust, ephemeral, sdk, readSettings: () => settings.read(publisherId) },
    { activationId, setupKey: options.setupKey },
  );
  if (!opened.ok) {
    await store.close();
    throw new RefusalError(opened.refusal);
  }
  const stop =
    options.schedule === false ? () => undefined : runSchedule(opened.client, () => note(timerFault(clock.wallMs())));
  return licenseOver(opened.client, { events, stop });
}

async function trustOf(bytes: Uint8Array): Promise<TrustState> {
  const opened = await openTrust(bytes, nodeCryptography);
  if (!opened.ok) throw new RefusalError(refuse(opened.refusal.reason, { detail: opened.refusal.detail }));
  return opened.value;
}

/** 12292: a tick failed by a fault of ours. */
function timerFault(timeMs: number): ClientEvent {
  const event = eventOf(EVENT.renewalTimerNotStarted, { resultCode: REFUSALS.INTERNAL_FAULT.code });
  return clientEvent(event, { timeMs, computer: "", requestId: "", product: "" });
}
