/** What an issuing key may sign (KeyManifest.usages). */
export const USAGE = { hostCert: 1, mak: 2, policy: 3, revocation: 4, time: 5 } as const;
/** One of the usages. */
export type Usage = (typeof USAGE)[keyof typeof USAGE];

/** Who signs a payload type: roots, an issuing key of one usage, the subject itself, or (a leaf) a batch head for it. */
export type SignedBy = "root" | "issuing" | "host" | "client" | "leaf";

/** One row of the table of signed payloads. */
export interface PayloadType {
  readonly type: string;
  readonly maxBytes: number;
  readonly signedBy: SignedBy;
  /** The usage an issuing key needs; 0 for every other signer. */
  readonly usage: Usage | 0;
}

const KIB = 1024;

/** Every payload type with its size limit and signer (protocol.md §2.3). */
export const PAYLOAD_TYPE = {
  rootSet: row("root-set", 8 * KIB, "root"),
  keyManifest: row("key-manifest", 16 * KIB, "root"),
  productPolicy: row("product-policy", 64 * KIB, "issuing", USAGE.policy),
  hostCert: row("host-cert", 4 * KIB, "issuing", USAGE.hostCert),
  revocationList: row("revocation-list", 256 * KIB, "issuing", USAGE.revocation),
  makLease: row("mak-lease", 2 * KIB, "issuing", USAGE.mak),
  timeToken: row("time-token", 256, "issuing", USAGE.time),
  activationRequest: row("activation-request", 4 * KIB, "host"),
  siteGrant: row("site-grant", KIB, "issuing", USAGE.policy),
  eventCheckpoint: row("event-checkpoint", 256, "host"),
  deactivationReceipt: row("deactivation-receipt", KIB, "client"),
  batchHead: row("batch-head", 256, "host"),
  lease: row("lease", KIB, "leaf"),
  countReport: row("count-report", KIB, "leaf"),
  reidentify: row("reidentify", KIB, "leaf"),
  hostInfo: row("host-info", KIB, "leaf"),
} as const satisfies Record<string, PayloadType>;

/** A name of the table. */
export type PayloadName = keyof typeof PAYLOAD_TYPE;
/** Leaves of a batch head: they have no signature of their own. */
export type LeafName = "lease" | "countReport" | "reidentify" | "hostInfo";

/** Bytes of a whole envelope (§2.3). */
export const MAX_ENVELOPE_BYTES = 512 * KIB;
/** Signatures of one envelope at most (§2.3). */
export const MAX_SIGNATURES = 16;

/** Types of PAE bodies that are hashed or MACed, never put into an envelope. */
export const HASHED_TYPE = {
  key: full("key"),
  lineage: full("lineage"),
  subject: full("subject"),
  keyProof: full("key-proof"),
} as const;

function row(suffix: string, maxBytes: number, signedBy: SignedBy, usage: Usage | 0 = 0): PayloadType {
  return { type: full(suffix), maxBytes, signedBy, usage };
}

function full(suffix: string): string {
  return `application/vnd.countersign.${suffix}.v1`;
}
