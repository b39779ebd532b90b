import { EVENT, eventOf, REFUSALS, RefusalError, refuse, toHex } from "@countersign/domain";
import { openTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { type ClientEvent, clientEvent } from "../client-event.ts";
import { openLicensingClient } from "../licensing.ts";
import { defaultStoreDirectory } from "./client-places.ts";
import { eventFile } from "./event-file.ts";
import { eventStream } from "./event-stream.ts";
import { httpTransport } from "./http-transport.ts";
import { type License, licenseOver, type OpenLicenseOptions } from "./license.ts";
import { licenseSettings } from "./license-settings.ts";
import { systemIdentity } from "./machine-identity/system-identity.ts";
import { runSchedule } from "./schedule-timer.ts";
import { systemClock } from "./system-clock.ts";
import { openTrustedStoreFile } from "./trusted-store-file.ts";

/**
 * Opens the licence of one product on this machine, and asks hosts on its schedule until `close`. Throws a RefusalError
 * only for wrong arguments (a trust file that does not verify, an unknown product, a setup key of another product).
 */
export async function openLicense(options: OpenLicenseOptions): Promise<License> {
  const settings = licenseSettings(options);
  const directory = options.store ?? defaultStoreDirectory(await publisherOf(options.trust));
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
  const opened = await openLicensingClient(
    {
      store,
      machine,
      transport: options.transport ?? httpTransport(),
      clock,
      cryptography: nodeCryptography,
      fraction: Math.random,
      events: note,
    },
    settings,
  );
  if (!opened.ok) {
    await store.close();
    throw new RefusalError(opened.refusal);
  }
  const stop =
    options.schedule === false ? () => undefined : runSchedule(opened.client, () => note(timerFault(clock.wallMs())));
  return licenseOver(opened.client, { events, stop });
}

async function publisherOf(trust: Uint8Array): Promise<string> {
  const opened = await openTrust(trust, nodeCryptography);
  if (!opened.ok) throw new RefusalError(refuse(opened.refusal.reason, { detail: opened.refusal.detail }));
  return toHex(opened.value.publisherId);
}

/** 12292: a tick failed by a fault of ours. */
function timerFault(timeMs: number): ClientEvent {
  const event = eventOf(EVENT.renewalTimerNotStarted, { resultCode: REFUSALS.INTERNAL_FAULT.code });
  return clientEvent(event, { timeMs, computer: "", requestId: "", product: "" });
}
