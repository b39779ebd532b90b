export { type ArmourLabel, armour, unarmour } from "./armour.ts";
export type { BatchHead, BatchIdentity, BatchProof, Leaf } from "./batch/batch-values.ts";
export { leafHash, MAX_TREE_SIZE, type MerkleTree, merkleTree, verifyInclusion } from "./batch/merkle.ts";
export { encodeBatchHead, readBatchHead, sealBatch } from "./batch/seal.ts";
export {
  DNS_CLASS,
  DNS_OPCODE,
  DNS_TYPE,
  DnsFault,
  type DnsRead,
  MAX_DNS_BYTES,
  rcodeName,
} from "./dns/dns-codes.ts";
export {
  type DnsMessage,
  type DnsRecord,
  encodeDnsQuery,
  encodeDnsUpdate,
  readDnsMessage,
  type ZoneChange,
  type ZoneService,
} from "./dns/dns-message.ts";
export { encodeDnsName } from "./dns/dns-names.ts";
export {
  signTsig,
  TSIG_ALGORITHMS,
  TSIG_FUDGE_S,
  type TsigAlgorithm,
  type TsigHmac,
  type TsigKey,
  type TsigVerdict,
  verifyTsig,
} from "./dns/tsig.ts";
export {
  checkKeyProof,
  KEY_PROOF_COST,
  makeActivationRequest,
  type ProofPlatform,
  type ReceivedRequest,
  readActivationRequest,
  type Scrypt,
  type ScryptCost,
  type SubjectKey,
  subjectCommitment,
} from "./documents/activation-request.ts";
export type {
  HostCertificate,
  IssuingKey,
  KeyManifest,
  ProductPolicy,
  RequestContext,
  Revocation,
  RevocationList,
  RootSet,
  SeatLimit,
  SiteGrant,
  SiteRequirement,
  TimeToken,
  TrustedKey,
  TrustSetupKey,
} from "./documents/document-values.ts";
export { CERTIFICATE_FLAG } from "./documents/document-values.ts";
export {
  type DocumentTrust,
  documentBytes,
  keyIdOf,
  readDocument,
  signDocument,
  trustedKey,
  verifyDocument,
} from "./documents/envelope.ts";
export {
  type CertificateQuestion,
  certHashOf,
  encodeHostCertificate,
  type PresentedCertificate,
  readHostCertificate,
  revocationOf,
  type VerifiedCertificate,
  verifyHostCertificate,
} from "./documents/host-certificate.ts";
export { issuersOf, verifyIssued } from "./documents/issued.ts";
export type { LeafName, PayloadName, PayloadType, SignedBy, Usage } from "./documents/payload-type.ts";
export { MAX_ENVELOPE_BYTES, MAX_SIGNATURES, PAYLOAD_TYPE, USAGE } from "./documents/payload-type.ts";
export { encodeProductPolicy, policyProductOf, productOfPolicy, readProductPolicy } from "./documents/policy.ts";
export {
  encodeKeyManifest,
  encodeRootSet,
  publisherIdOf,
  readKeyManifest,
  readRootSet,
} from "./documents/root-and-manifest.ts";
export {
  encodeRevocationList,
  encodeSiteGrant,
  encodeTimeToken,
  readRevocationList,
  readSiteGrant,
  readTimeToken,
} from "./documents/small-documents.ts";
export { mergeTrust, openTrust, productOf, publisherFloorMs, writeTrust, writeTrustFile } from "./documents/trust.ts";
export type { ReceivedDocuments, TrustState, Verified } from "./documents/trust-values.ts";
export { isWeakPublicKey } from "./documents/weak-public-key.ts";
export { accept, type Outcome, type ProtocolReason, type Refusal as ProtocolRefusal } from "./outcome.ts";
export {
  encodeActivateReply,
  encodeActivateRequest,
  encodeCertificateBundle,
  requestIdOf,
} from "./rpc/activate-messages.ts";
export type { ActivateReply, ActivateRequest, LineageClaim } from "./rpc/activate-values.ts";
export { MAX_REPLY_BYTES, MAX_REQUEST_BYTES, NEVER_EXPIRES_MIN, REQUEST_FLAG } from "./rpc/activate-values.ts";
export { readDocumentsResponse } from "./rpc/documents-response.ts";
export { errorDetailOf, type WireError } from "./rpc/error-detail.ts";
export { narrowActivateRequest } from "./rpc/narrow-request.ts";
export type { Peer, RpcMethod, RpcRefusal, RpcReply } from "./rpc/reply.ts";
export type {
  CountReport,
  HostInfo,
  Lease,
  Reidentify,
  Statement,
  StatementSubject,
  StatementType,
} from "./statements/statement-values.ts";
export { STATEMENT_TYPE } from "./statements/statement-values.ts";
export {
  encodeCountReport,
  encodeHostInfo,
  encodeLease,
  encodeReidentify,
  leaseIdOf,
  readCountReport,
  readHostInfo,
  readLease,
  readReidentify,
} from "./statements/statements.ts";
export {
  type HostInfoQuestion,
  type StatementQuestion,
  type VerifiedStatement,
  verifyHostInfo,
  verifyStatement,
} from "./statements/verify-statement.ts";
