import {
  type CatalogEvent,
  EVENT,
  equalBytes,
  eventOf,
  REFUSALS,
  RefusalError,
  type RefusalReason,
  refuse,
  type Signer,
  toUuid,
} from "@countersign/domain";
import {
  documentBytes,
  makeActivationRequest,
  mergeTrust,
  type PresentedCertificate,
  type RequestContext,
  readActivationRequest,
  readDocument,
  type TrustState,
  verifyHostCertificate,
  writeTrust,
} from "@countersign/protocol";
import type { SeatRow } from "@countersign/storage";
import type { HostParts } from "./host-parts.ts";
import { productKeyName, type Seat, seatKeyName, verifiedAtIssue } from "./seat.ts";
import { refusalOf } from "./seat-admin.ts";

const DAY_MS = 86_400_000;

/** A row whose request for its next certificate is stored, or about to be. */
export type AskingRow = SeatRow & { readonly activationRequest: Uint8Array };

/**
 * The row with the request for its next certificate: the stored bytes while they say what this host would ask now, else
 * new ones, to be saved before they are sent. The publisher counts a request by its bytes (protocol.md §4.3), so a reply
 * that was lost is asked for again with the same ones: with others the host would look like a copy of itself.
 */
export async function rowWithRequest(seat: Seat, parts: HostParts): Promise<AskingRow> {
  const { row } = seat;
  if (row.key === undefined) throw new RefusalError(refuse("HOST_NOT_ENABLED"));
  const signer = await parts.keyring.signer(seatKeyName(row.publisherId));
  const question = questionOf(seat, row.key.kid, parts);
  const { activationRequest } = row;
  if (activationRequest !== undefined && (await asksThis(activationRequest, question, signer, parts)))
    return { ...row, activationRequest };
  const context = { ...question, ...FRESH, requestNonce: parts.random(32), createdMs: parts.clock.wallMs() };
  const isRenewal = question.previousCertificateSerial !== undefined;
  const productKey = isRenewal ? undefined : await storedProductKey(row.publisherId, parts);
  const platform = { ...parts.cryptography, scrypt: parts.scrypt };
  const request = await makeActivationRequest(
    { ...context, softwareVersion: parts.softwareVersion },
    productKey,
    signer,
    platform,
  );
  return { ...row, activationRequest: documentBytes(request.document) };
}

/** Sends the stored request and gives the row with its verified certificate, which ends the request. */
export async function certifiedRow(
  seat: Seat,
  row: AskingRow,
  parts: HostParts,
): Promise<{ readonly row: SeatRow; readonly event: CatalogEvent; readonly notAfterMs: number }> {
  const document = readDocument(row.activationRequest);
  if (!document.ok) throw refusalOf(document.refusal);
  const request = await readActivationRequest(document.value, parts.cryptography);
  if (!request.ok) throw refusalOf(request.refusal);
  const reply = await parts.publisherClient(seat.trust.serviceUrl).activateHost(document.value);
  const { rootSets, manifest, policies, revocationList, hostCert } = reply;
  const merged = await mergeTrust(seat.trust, { rootSets, manifest, policies, revocationList }, parts.cryptography);
  if (!merged.ok) throw refusalOf(merged.refusal);
  if (hostCert === undefined) throw new RefusalError(refuse("CERTIFICATE_MISSING"));
  const { publicKey, contextHash, context } = request.value;
  const { serial, notAfterMs } = await verified({ document: hostCert, publicKey, contextHash }, merged.value, parts);
  const publisherId = toUuid(row.publisherId);
  const renewal = context.previousCertificateSerial !== undefined;
  return {
    row: {
      ...row,
      trust: writeTrust(merged.value),
      certificate: { document: documentBytes(hostCert), publicKey, contextHash },
      activationRequest: undefined,
    },
    event: eventOf(EVENT.certificateInstalled, { publisherId, serial: toUuid(serial), notAfterMs, renewal }),
    notAfterMs,
  };
}

/** When the publisher last refused a seat; undefined when it did not. */
export type LastRefusal = { readonly timeMs: number } | undefined;

/**
 * True when a host asks for its next certificate by itself: two thirds of the life over. After a refusal it asks once a
 * day, and no more once the certificate has ended: then an administrator has to act. The request itself is kept, because
 * a refusal is unsigned, and whoever forged one could otherwise make this host ask with other bytes.
 */
export function isRenewalDue(seat: Seat, nowMs: number, refusal: LastRefusal): boolean {
  if (seat.certificate === undefined) return false;
  const { notBeforeMs, notAfterMs } = seat.certificate.value;
  if (nowMs < notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3) return false;
  return refusal === undefined || (nowMs < notAfterMs && nowMs - refusal.timeMs >= DAY_MS);
}

/** True for an answer that says nothing about the request: nobody was there, or had no time. */
export function isPassing(reason: RefusalReason): boolean {
  return ["unavailable", "resource_exhausted", "internal"].includes(REFUSALS[reason].rpcCode);
}

const FRESH = { components: [], tlsSpkiSha256: undefined, siteLabel: "" };

type Question = Pick<
  RequestContext,
  "publisherId" | "hostId" | "instanceId" | "kid" | "previousCertificateSerial" | "renewalSeq"
>;

/** Who asks for what: a first certificate with the product key, else the one after the installed one. */
function questionOf({ row, certificate }: Seat, kid: Uint8Array, { store }: HostParts): Question {
  const previous = certificate?.value;
  return {
    ...{ publisherId: row.publisherId, ...store.identity, kid },
    previousCertificateSerial: previous?.serial,
    renewalSeq: previous === undefined ? 0 : previous.renewalSeq + 1,
  };
}

/** True when a stored request is whole and asks just this, by just this key. */
async function asksThis(bytes: Uint8Array, question: Question, signer: Signer, parts: HostParts): Promise<boolean> {
  const document = readDocument(bytes);
  if (!document.ok) return false;
  const request = await readActivationRequest(document.value, parts.cryptography);
  if (!request.ok || !equalBytes(request.value.publicKey, signer.publicKey)) return false;
  const { context } = request.value;
  const [asked, wanted] = [context.previousCertificateSerial, question.previousCertificateSerial];
  return (
    equalBytes(context.publisherId, question.publisherId) &&
    equalBytes(context.hostId, question.hostId) &&
    equalBytes(context.instanceId, question.instanceId) &&
    equalBytes(context.kid, question.kid) &&
    context.renewalSeq === question.renewalSeq &&
    equalBytes(asked ?? new Uint8Array(), wanted ?? new Uint8Array())
  );
}

/** A certificate that came after its own end is installed all the same: the publisher expects the next request to name it. */
async function verified(presented: PresentedCertificate, trust: TrustState, parts: HostParts) {
  const now = { trust, keyGroup: undefined, wallMs: parts.clock.wallMs(), floorMs: 0, serverTimeMs: 0 };
  const judged = await verifyHostCertificate(presented, now, parts.cryptography);
  if (judged.ok) return judged.value.certificate;
  if (judged.refusal.reason === "CERTIFICATE_EXPIRED") return verifiedAtIssue(presented, trust, parts);
  throw refusalOf(judged.refusal);
}

async function storedProductKey(publisherId: Uint8Array, parts: HostParts): Promise<string> {
  return String.fromCharCode(...(await parts.keyring.secret(productKeyName(publisherId))));
}
