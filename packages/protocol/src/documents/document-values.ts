import type { Application, HostId, InstanceId, ProductId, PublisherId } from "@countersign/domain";
import type { Usage } from "./payload-type.ts";

/** A public key and the algorithm it is for; `keyId` (8 bytes) only selects candidates. */
export interface TrustedKey {
  readonly algorithm: number;
  readonly publicKey: Uint8Array; // 32
  readonly keyId: Uint8Array; // 8
}

/** root-set: who may sign manifests, and how many of them must. */
export interface RootSet {
  readonly version: number;
  readonly threshold: number;
  readonly keys: readonly TrustedKey[];
  readonly publisherName: string;
  readonly salt: Uint8Array; // 16
  readonly issuedMs: number;
}

/** What a manifest says about an issuing key: it signs in [notBefore, notAfter], its documents verify until verifyUntil. */
export interface IssuingKey extends TrustedKey {
  readonly usages: readonly Usage[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly verifyUntilMs: number;
  readonly status: "active" | "retired" | "revoked";
}

/** key-manifest. No expiry by intent (§3.2). */
export interface KeyManifest {
  readonly version: number;
  readonly publisherId: PublisherId;
  readonly keys: readonly IssuingKey[];
  readonly minPolicyVersion: number;
  readonly issuedMs: number;
}

/** product-policy: one application with all its products. */
export interface ProductPolicy {
  readonly version: number;
  readonly publisherId: PublisherId;
  readonly application: Application;
  readonly issuedMs: number;
}

/** What a revocation-list entry names, and from when. */
export type Revocation = { readonly reason: string; readonly effectiveMs: number } & (
  | { readonly kind: "certificate"; readonly serial: Uint8Array }
  | { readonly kind: "host"; readonly hostId: Uint8Array }
  | { readonly kind: "customer"; readonly customerId: Uint8Array; readonly generationBelow: number }
  | { readonly kind: "product-key"; readonly kid: Uint8Array }
  | { readonly kind: "issuing-key"; readonly keyId: Uint8Array }
);

/** revocation-list. `number` never decreases. */
export interface RevocationList {
  readonly publisherId: PublisherId;
  readonly number: number;
  readonly issuedMs: number;
  readonly nextMs: number;
  readonly entries: readonly Revocation[];
}

/** A lower required count for one key group, by agreement. */
export interface SiteRequirement {
  readonly keyGroup: number;
  readonly requiredCount: number;
}

/** The seats agreed for one application; over them nobody is refused. */
export interface SeatLimit {
  readonly applicationId: Uint8Array; // 16
  readonly count: number;
}

/** Bits of HostCertificate.flags, SiteGrant.flags and the statements' flags. */
export const CERTIFICATE_FLAG = { airGapped: 1, hardwareKey: 2, test: 4 } as const;

/** host-cert (§4.2). */
export interface HostCertificate {
  readonly publisherId: PublisherId;
  readonly serial: Uint8Array; // 16
  readonly issuerKeyId: Uint8Array; // 8
  readonly customerId: Uint8Array; // 16
  readonly customerGeneration: number; // from 1
  readonly subjectAlgorithm: number;
  /** 32 bytes, or 16 when the request travelled as an installation id. */
  readonly subjectCommitment: Uint8Array;
  readonly hostId: HostId;
  readonly keyGroups: readonly number[];
  readonly siteRequired: readonly SiteRequirement[];
  readonly seats: readonly SeatLimit[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly issuedMs: number;
  readonly maxLeaseS: number;
  readonly activationIndex: number; // from 1
  readonly renewalSeq: number; // 0 for a first activation
  readonly flags: number;
  readonly minRlNumber: number;
  readonly tlsSpkiSha256: Uint8Array | undefined; // 32
}

/** site-grant. */
export interface SiteGrant {
  readonly publisherId: PublisherId;
  readonly kid: Uint8Array; // 5
  readonly siteRequired: readonly SiteRequirement[];
  readonly flags: number;
  readonly issuedMs: number;
}

/** time-token: the publisher's answer to one request nonce. */
export interface TimeToken {
  readonly requestNonce: Uint8Array; // 32
  readonly timeMs: number;
}

/** What a host says about itself when it asks its publisher for a certificate (§4.1). */
export interface RequestContext {
  readonly publisherId: PublisherId;
  readonly requestNonce: Uint8Array; // 32
  readonly hostId: HostId;
  readonly instanceId: InstanceId;
  readonly kid: Uint8Array; // 5
  readonly components: readonly Uint8Array[]; // 9 bytes each, at most 8
  readonly softwareVersion: string;
  readonly previousCertificateSerial: Uint8Array | undefined; // 16
  readonly renewalSeq: number;
  readonly tlsSpkiSha256: Uint8Array | undefined; // 32
  readonly siteLabel: string;
  readonly createdMs: number;
}

/** A public setup key that travels in the trust file. */
export interface TrustSetupKey {
  readonly productId: ProductId;
  readonly setupKey: string;
}
