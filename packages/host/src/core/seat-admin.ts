import {
  type CatalogEvent,
  EVENT,
  eventOf,
  keySymbols,
  parseProductKey,
  partialKey,
  publisherMask,
  publishersOfKey,
  RefusalError,
  refuse,
  toUuid,
} from "@countersign/domain";
import { KeyFault } from "@countersign/keyring";
import {
  documentBytes,
  makeActivationRequest,
  mergeTrust,
  openTrust,
  verifyHostCertificate,
  writeTrust,
} from "@countersign/protocol";
import type { SeatRow } from "@countersign/storage";
import type { HostParts } from "./host-parts.ts";
import { lineageName, productKeyName, type Seat, seatKeyName } from "./seat.ts";

/** Gives the row with newer trust of its publisher, or a new row. */
export async function rowWithTrust(file: Uint8Array, seats: readonly Seat[], parts: HostParts): Promise<SeatRow> {
  const opened = await openTrust(file, parts.cryptography);
  if (!opened.ok) throw refusalOf(opened.refusal);
  const { publisherId } = opened.value;
  const known = seats.find((seat) => toUuid(seat.row.publisherId) === toUuid(publisherId));
  if (known === undefined) {
    const seat = Math.max(0, ...seats.map(({ row }) => row.seat)) + 1;
    return { seat, publisherId, trust: writeTrust(opened.value), key: undefined, certificate: undefined };
  }
  const merged = await mergeTrust(
    known.trust,
    {
      rootSets: opened.value.rootSets.map((set) => set.document),
      manifest: opened.value.manifest.document,
      policies: opened.value.policies.map((policy) => policy.document),
      revocationList: opened.value.revocationList?.document,
    },
    parts.cryptography,
  );
  if (!merged.ok) throw refusalOf(merged.refusal);
  return { ...known.row, trust: writeTrust(merged.value) };
}

/** The row with a host key: its publisher is found by the mask of the key, its secrets are put into the keyring. */
export async function rowWithKey(text: string, seats: readonly Seat[], parts: HostParts) {
  const masks = seats.map((seat) => ({
    seat,
    mask: publisherMask(seat.row.publisherId, parts.cryptography.sha256),
  }));
  const [fit] = publishersOfKey(text, masks);
  if (fit === undefined) throw new RefusalError(unknownKey(text, masks));
  const parsed = parseProductKey(text, fit.mask);
  if (!parsed.ok) throw new RefusalError(refuse("KEY_INVALID", { detail: parsed.problem }));
  if (parsed.key.kind !== "host") {
    const found = parsed.key.kind === "mak" ? "MAK" : "setup key";
    throw new RefusalError(refuse("KEY_WRONG_KIND", { expected: "host key", found }));
  }
  const { seat } = fit;
  const { publisherId } = seat.row;
  if (!(await parts.keyring.has(seatKeyName(publisherId)))) await parts.keyring.createKey(seatKeyName(publisherId));
  if (!(await hasSecret(lineageName(publisherId), parts))) {
    await parts.keyring.putSecret(lineageName(publisherId), parts.random(32));
  }
  await parts.keyring.putSecret(productKeyName(publisherId), keySymbols(text));
  const key = { kid: parsed.key.kid, keyGroup: parsed.key.group, lastFive: partialKey(text) };
  return { row: { ...seat.row, key, certificate: undefined } satisfies SeatRow, seat, key };
}

/** Asks the publisher for a certificate: first activation with the product key, else a renewal by the certified key. */
export async function activatedRow(
  seat: Seat,
  parts: HostParts,
): Promise<{ readonly row: SeatRow; readonly event: CatalogEvent }> {
  const { publisherId } = seat.row;
  if (seat.row.key === undefined) throw new RefusalError(refuse("HOST_NOT_ENABLED"));
  const signer = await parts.keyring.signer(seatKeyName(publisherId));
  const previous = seat.certificate?.value;
  const productKey = previous === undefined ? await storedProductKey(publisherId, parts) : undefined;
  const context = {
    publisherId,
    requestNonce: parts.random(32),
    ...parts.store.identity,
    kid: seat.row.key.kid,
    components: [],
    softwareVersion: parts.softwareVersion,
    previousCertificateSerial: previous?.serial,
    renewalSeq: previous === undefined ? 0 : previous.renewalSeq + 1,
    tlsSpkiSha256: undefined,
    siteLabel: "",
    createdMs: parts.clock.wallMs(),
  };
  const platform = { ...parts.cryptography, scrypt: parts.scrypt };
  const request = await makeActivationRequest(context, productKey, signer, platform);
  const reply = await parts.publisherClient(seat.trust.serviceUrl).activateHost(request.document);
  const { rootSets, manifest, policies, revocationList, hostCert } = reply;
  const merged = await mergeTrust(seat.trust, { rootSets, manifest, policies, revocationList }, parts.cryptography);
  if (!merged.ok) throw refusalOf(merged.refusal);
  if (hostCert === undefined) throw new RefusalError(refuse("CERTIFICATE_MISSING"));
  const { publicKey, contextHash } = request;
  const verified = await verifyHostCertificate(
    { document: hostCert, publicKey, contextHash },
    { trust: merged.value, keyGroup: undefined, wallMs: parts.clock.wallMs(), floorMs: 0, serverTimeMs: 0 },
    parts.cryptography,
  );
  if (!verified.ok) throw refusalOf(verified.refusal);
  const { serial, notAfterMs } = verified.value.certificate;
  const certificate = { document: documentBytes(hostCert), publicKey, contextHash };
  const fields = {
    publisherId: toUuid(publisherId),
    serial: toUuid(serial),
    notAfterMs,
    renewal: previous !== undefined,
  };
  return {
    row: { ...seat.row, trust: writeTrust(merged.value), certificate },
    event: eventOf(EVENT.certificateInstalled, fields),
  };
}

/** True when two thirds of the certificate's life are over. */
export function isRenewalDue(seat: Seat, nowMs: number): boolean {
  if (seat.certificate === undefined) return false;
  const { notBeforeMs, notAfterMs } = seat.certificate.value;
  return nowMs >= notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3;
}

async function storedProductKey(publisherId: Uint8Array, parts: HostParts): Promise<string> {
  return String.fromCharCode(...(await parts.keyring.secret(productKeyName(publisherId))));
}

async function hasSecret(name: string, { keyring }: HostParts): Promise<boolean> {
  try {
    await keyring.secret(name);
    return true;
  } catch (fault) {
    if (fault instanceof KeyFault && fault.reason === "missing") return false;
    throw fault;
  }
}

function unknownKey(text: string, masks: readonly { readonly mask: number }[]) {
  const problems = masks.map(({ mask }) => parseProductKey(text, mask));
  const misspelt = problems.find((parsed) => !parsed.ok && parsed.problem !== "check");
  if (misspelt !== undefined && !misspelt.ok) return refuse("KEY_INVALID", { detail: misspelt.problem });
  return refuse("KEY_FOR_OTHER_PUBLISHER");
}

/** A document that does not verify, as the refusal a person sees. */
export function refusalOf({
  reason,
  detail,
}: {
  readonly reason: Parameters<typeof refuse>[0];
  readonly detail: string;
}) {
  return new RefusalError(refuse(reason, { detail }));
}
