import { fromBinary } from "@bufbuild/protobuf";
import {
  type Application,
  equalBytes,
  type Product,
  RefusalError,
  refuse,
  type Signer,
  toHex,
} from "@countersign/domain";
import type { Keyring } from "@countersign/keyring";
import {
  certHashOf,
  encodeCertificateBundle,
  type HostCertificate,
  openTrust,
  type ProtocolReason,
  type ProtocolRefusal,
  readDocument,
  type TrustState,
  verifyHostCertificate,
} from "@countersign/protocol";
import { HostCertificateSchema } from "@countersign/protocol/gen/documents";
import type { SeatRow } from "@countersign/storage";
import type { HostParts } from "./host-parts.ts";

/** What serving one product needs. */
export interface ProductPlace {
  readonly application: Application;
  readonly product: Product;
  /** CertificateBundle bytes for clients of this application; undefined while not activated. */
  readonly bundle: Uint8Array | undefined;
}

/** A certificate in use. */
export interface SeatCertificate {
  readonly value: HostCertificate;
  readonly certHash: Uint8Array;
  readonly signer: Signer;
  readonly siteRequired: ReadonlyMap<number, number>;
}

/** One publisher on this host, ready to serve: made anew whenever its row changes. */
export interface Seat {
  readonly row: SeatRow;
  readonly trust: TrustState;
  readonly certificate: SeatCertificate | undefined;
  readonly lineageKey: Uint8Array;
  readonly products: ReadonlyMap<number, ProductPlace>;
  /** CertificateBundle bytes that name the newest policy of any application. */
  readonly bundle: Uint8Array | undefined;
}

/** Names under which a seat's keys are kept. */
export const seatKeyName = (publisherId: Uint8Array) => `seat-${toHex(publisherId)}`;
/** The lineage secret of a publisher in the keyring. */
export const lineageName = (publisherId: Uint8Array) => `lineage-${toHex(publisherId)}`;
/** The host key that waits for its activation, in the keyring. */
export const productKeyName = (publisherId: Uint8Array) => `product-key-${toHex(publisherId)}`;

/** Builds what serving needs from a stored row; rejects when the row, its documents or its keys are damaged. */
export async function openSeat(row: SeatRow, parts: HostParts): Promise<Seat> {
  const opened = await openTrust(row.trust, parts.cryptography);
  if (!opened.ok) throw damaged(row, `its trust does not verify: ${opened.refusal.detail}`);
  const trust = opened.value;
  const certificate = await certificateOf(row, trust, parts);
  const bundleFor = (policyVersion: number) => certificateBundle(row, trust, policyVersion);
  const products = new Map<number, ProductPlace>();
  for (const { value: policy } of trust.policies) {
    const bundle = bundleFor(policy.version);
    for (const product of policy.application.products) {
      products.set(product.productId, { application: policy.application, product, bundle });
    }
  }
  const newest = Math.max(0, ...trust.policies.map(({ value }) => value.version));
  const lineageKey = row.key === undefined ? new Uint8Array(0) : await lineageKeyOf(row, parts.keyring);
  return { row, trust, certificate, lineageKey, products, bundle: bundleFor(newest) };
}

async function lineageKeyOf(row: SeatRow, keyring: Keyring): Promise<Uint8Array> {
  return keyring.secret(lineageName(row.publisherId));
}

function certificateBundle(row: SeatRow, trust: TrustState, policyVersion: number): Uint8Array | undefined {
  if (row.certificate === undefined) return undefined;
  const document = readDocument(row.certificate.document);
  if (!document.ok) return undefined;
  const { publicKey, contextHash } = row.certificate;
  return encodeCertificateBundle(
    { document: document.value, publicKey, contextHash },
    {
      manifestVersion: trust.manifest.value.version,
      policyVersion,
      rlNumber: trust.revocationList?.value.number ?? 0,
    },
  );
}

async function certificateOf(row: SeatRow, trust: TrustState, parts: HostParts): Promise<SeatCertificate | undefined> {
  if (row.certificate === undefined) return undefined;
  const document = readDocument(row.certificate.document);
  if (!document.ok) throw damaged(row, "its certificate cannot be read");
  const { publicKey, contextHash } = row.certificate;
  // Judged at its own time of issue: whether it is in force now is decided per request, against guarded time.
  const presented = { document: document.value, publicKey, contextHash };
  const value = await verifiedAtIssue(presented, trust, parts).catch((fault) => {
    throw fault instanceof RefusalError ? damaged(row, `its certificate: ${fault.message}`) : fault;
  });
  const signer = await parts.keyring.signer(seatKeyName(row.publisherId));
  if (!equalBytes(signer.publicKey, publicKey)) {
    throw new RefusalError(
      refuse("KEYRING_UNUSABLE", { detail: `key ${seatKeyName(row.publisherId)} is not the one that was certified` }),
    );
  }
  return {
    value,
    certHash: certHashOf(document.value.payload, parts.cryptography.sha256),
    signer,
    siteRequired: new Map(value.siteRequired.map((site) => [site.keyGroup, site.requiredCount])),
  };
}

/** The certificate's content once chain, issuer and commitment hold, whether or not it is in force now; else a RefusalError. */
export async function verifiedAtIssue(
  presented: Parameters<typeof verifyHostCertificate>[0],
  trust: TrustState,
  parts: HostParts,
): Promise<HostCertificate> {
  const wallMs = parts.clock.wallMs();
  const now = { trust, keyGroup: undefined, wallMs, floorMs: 0, serverTimeMs: 0 };
  const verified = await verifyHostCertificate(presented, now, parts.cryptography);
  if (verified.ok) return verified.value.certificate;
  const timed = ["CERTIFICATE_EXPIRED", "CERTIFICATE_NOT_YET_VALID", "CLOCK_SKEW"];
  if (!timed.includes(verified.refusal.reason)) throw refusalOf(verified.refusal);
  const claimed = fromBinary(HostCertificateSchema, presented.document.payload);
  const atIssue = { ...now, wallMs: Number(claimed.issuedMs) };
  const again = await verifyHostCertificate(presented, atIssue, parts.cryptography);
  if (!again.ok) throw refusalOf(again.refusal);
  return again.value.certificate;
}

function refusalOf({ reason, detail }: ProtocolRefusal): RefusalError {
  return new RefusalError(refuse<ProtocolReason>(reason, { detail }));
}

/** What this host wrote itself and cannot believe any more. */
function damaged({ seat }: SeatRow, detail: string): RefusalError {
  return new RefusalError(refuse("STORE_CORRUPT", { detail: `seat ${seat}: ${detail}` }));
}
