import { type Cryptography, clampIntervalS, equalBytes, type HostId, type Product, pae } from "@countersign/domain";
import type { BatchHead, BatchProof, Leaf } from "../batch/batch-values.ts";
import { verifyInclusion } from "../batch/merkle.ts";
import { readBatchHead } from "../batch/seal.ts";
import type { HostCertificate } from "../documents/document-values.ts";
import { keyIdOf } from "../documents/envelope.ts";
import {
  type PresentedCertificate,
  type VerifiedCertificate,
  verifyHostCertificate,
} from "../documents/host-certificate.ts";
import { PAYLOAD_TYPE } from "../documents/payload-type.ts";
import { productOf } from "../documents/trust.ts";
import type { TrustState } from "../documents/trust-values.ts";
import type { CertificateBundle } from "../gen/countersign/v1/activation_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { readActivateResponse, readHostInfoResponse } from "./read-reply.ts";
import type { HostInfo, Statement, StatementSubject } from "./statement-values.ts";
import { readCountReport, readHostInfo, readLease, readReidentify } from "./statements.ts";

/** What was asked, and what is known already. */
export interface StatementQuestion {
  readonly asked: StatementSubject;
  readonly trust: TrustState;
  readonly wallMs: number;
  readonly floorMs: number;
  /** A certificate verified before, used when the reply brings none. */
  readonly knownCertificate: VerifiedCertificate | undefined;
}

/** A statement that passed §5.3 steps 1-8. Intervals in it are clamped. */
export interface VerifiedStatement {
  readonly statement: Statement;
  readonly payload: Uint8Array;
  readonly proof: BatchProof;
  readonly head: BatchHead;
  readonly certificate: VerifiedCertificate;
}

/** What a GetHostInfo answer is checked against. */
export interface HostInfoQuestion {
  readonly nonce: Uint8Array;
  readonly trust: TrustState;
  readonly wallMs: number;
  readonly floorMs: number;
}

/** §5.3 in its normative order; every failing step has its own reason. `reply`: ActivateResponse bytes. */
export async function verifyStatement(
  reply: Uint8Array,
  question: StatementQuestion,
  cryptography: Cryptography,
): Promise<Outcome<VerifiedStatement>> {
  const shape = readActivateResponse(reply);
  if (!shape.ok) return shape;
  const { leaf, proof, serverTimeMs } = shape.value;
  const certificate = await certificateOf(
    shape.value.certificate,
    { ...question, keyGroup: question.asked.keyGroup, serverTimeMs },
    cryptography,
  );
  if (!certificate.ok) return certificate;
  const head = await verifyHead(leaf, proof, certificate.value, cryptography);
  if (!head.ok) return head;
  const read = readStatement(leaf);
  if (!read.ok) return read;
  const problem =
    answerProblem(read.value, question.asked) ??
    speakerProblem(read.value, head.value) ??
    leaseProblem(read.value, certificate.value.certificate, question);
  if (problem !== undefined) return problem;
  return accept({
    statement: clamped(read.value),
    payload: leaf.payload,
    proof,
    head: head.value,
    certificate: certificate.value,
  });
}

/** The same chain for a host's word about itself: an answer that fails here is of an uncertified host. */
export async function verifyHostInfo(
  reply: Uint8Array,
  question: HostInfoQuestion,
  cryptography: Cryptography,
): Promise<Outcome<{ readonly info: HostInfo; readonly certificate: VerifiedCertificate }>> {
  const shape = readHostInfoResponse(reply);
  if (!shape.ok) return shape;
  const { leaf, proof } = shape.value;
  const asked = {
    trust: question.trust,
    wallMs: question.wallMs,
    floorMs: question.floorMs,
    keyGroup: undefined,
    serverTimeMs: 0,
    knownCertificate: undefined,
  };
  const certificate = await certificateOf(shape.value.certificate, asked, cryptography);
  if (!certificate.ok) return certificate;
  const head = await verifyHead(leaf, proof, certificate.value, cryptography);
  if (!head.ok) return head;
  const info = readHostInfo(leaf.payload);
  if (!info.ok) return info;
  if (!equalBytes(info.value.nonce, question.nonce))
    return refuse("STATEMENT_MISMATCH", "answers another nonce", "nonce");
  const problem = speakerProblem(info.value, head.value);
  if (problem !== undefined) return problem;
  return accept({ info: info.value, certificate: certificate.value });
}

/** Step 3, with the cached certificate when the reply brings none. The cached one is judged again: time and revocation move. */
async function certificateOf(
  bundle: CertificateBundle | undefined,
  question: Omit<StatementQuestion, "asked"> & { readonly keyGroup: number | undefined; readonly serverTimeMs: number },
  cryptography: Cryptography,
): Promise<Outcome<VerifiedCertificate>> {
  const presented: PresentedCertificate | undefined =
    bundle?.hostCert === undefined
      ? question.knownCertificate
      : { document: bundle.hostCert, publicKey: bundle.publicKey, contextHash: bundle.contextHash };
  if (presented === undefined)
    return refuse("CERTIFICATE_MISSING", "the reply brings no certificate and none is known", "certificate");
  return verifyHostCertificate(presented, question, cryptography);
}

/** Steps 4 and 5: the head's signature under the certified key, what it names, then the inclusion of the leaf. */
async function verifyHead(
  leaf: Leaf,
  proof: BatchProof,
  { publicKey, certificate, certHash }: VerifiedCertificate,
  cryptography: Cryptography,
): Promise<Outcome<BatchHead>> {
  const algorithm = certificate.subjectAlgorithm;
  // As in an envelope: a signature of another key says nothing.
  if (!equalBytes(proof.keyId, keyIdOf(algorithm, publicKey, cryptography.sha256)))
    return refuse("SIGNATURE_MISSING", "expected a head signed by the certified key, found another key's", "key_id");
  const message = pae(PAYLOAD_TYPE.batchHead.type, proof.head);
  if (!(await cryptography.verify(algorithm, publicKey, message, proof.sig))) {
    return refuse("SIGNATURE_INVALID", "the batch head's signature does not verify", "sig");
  }
  const head = readBatchHead(proof.head);
  if (!head.ok) return head;
  if (!equalBytes(head.value.certHash, certHash))
    return refuse("HEAD_MISMATCH", "the head names another certificate", "cert_hash");
  if (!equalBytes(head.value.hostId, certificate.hostId))
    return refuse("HEAD_MISMATCH", "the head names another host", "host_id");
  if (!verifyInclusion(leaf, proof, head.value, cryptography.sha256))
    return refuse("PROOF_INVALID", "the path does not lead to the signed root", "path");
  return head;
}

function readStatement({ name, payload }: Leaf): Outcome<Statement> {
  switch (name) {
    case "lease": {
      const read = readLease(payload);
      return read.ok ? accept({ kind: "lease", ...read.value }) : read;
    }
    case "countReport": {
      const read = readCountReport(payload);
      return read.ok ? accept({ kind: "count-report", ...read.value }) : read;
    }
    case "reidentify": {
      const read = readReidentify(payload);
      return read.ok ? accept({ kind: "reidentify", ...read.value }) : read;
    }
    case "hostInfo":
      return refuse("DOCUMENT_WRONG_TYPE", "expected an answer to Activate");
  }
}

/** Step 6: every field of the question comes back byte for byte. */
function answerProblem(statement: Statement, asked: StatementSubject) {
  for (const field of ["nonce", "cmid", "fingerprint"] as const) {
    if (!equalBytes(statement[field], asked[field]))
      return refuse("STATEMENT_MISMATCH", "answers another request", field);
  }
  if (statement.productId !== asked.productId)
    return refuse("STATEMENT_MISMATCH", "answers for another product", "product_id");
  if (statement.keyGroup !== asked.keyGroup)
    return refuse("STATEMENT_MISMATCH", "answers for another key group", "key_group");
  return undefined;
}

/** A host speaks for itself only: a client keeps one lineage per host, and none may write into another's. */
function speakerProblem(said: { readonly hostId: HostId }, head: BatchHead) {
  if (equalBytes(said.hostId, head.hostId)) return undefined;
  return refuse("STATEMENT_MISMATCH", "speaks for another host", "host_id");
}

/** Steps 7 and 8. */
function leaseProblem(statement: Statement, certificate: HostCertificate, { trust, asked }: StatementQuestion) {
  if (statement.kind !== "lease") return undefined;
  const product = productIn(trust, asked.productId);
  if (product === undefined) return refuse("STATEMENT_MISMATCH", "no policy names the product", "product_id");
  const longest = Math.min(certificate.maxLeaseS, product.maxValidityS);
  if (statement.validityS > longest)
    return refuse("VALIDITY_TOO_LONG", `expected at most ${longest} s, found ${statement.validityS}`, "validity_s");
  const site = certificate.siteRequired.find((row) => row.keyGroup === asked.keyGroup);
  const required = site?.requiredCount ?? product.requiredCount;
  if (statement.count < required)
    return refuse("LEASE_BELOW_REQUIRED", `expected a count of ${required}, found ${statement.count}`, "count");
  return undefined;
}

function productIn(trust: TrustState, productId: number): Product | undefined {
  return productOf(trust, productId)?.application.products.find((product) => product.productId === productId);
}

function clamped(statement: Statement): Statement {
  if (statement.kind === "reidentify") return statement;
  return { ...statement, retryS: clampIntervalS(statement.retryS), renewalS: clampIntervalS(statement.renewalS) };
}
