import type { BatchProof, Leaf } from "../batch/batch-values.ts";
import { MAX_PATH_BYTES } from "../batch/merkle.ts";
import { type LeafName, PAYLOAD_TYPE } from "../documents/payload-type.ts";
import {
  ActivateResponseSchema,
  type CertificateBundle,
  GetHostInfoResponseSchema,
  type BatchProof as ProofMessage,
} from "../gen/countersign/v1/activation_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { MAX_REPLY_BYTES } from "../rpc/activate-values.ts";
import { readMessage } from "../wire/read-message.ts";

/** What every signed answer is made of; nothing of it is believed yet. */
export interface ReplyParts {
  readonly leaf: Leaf;
  readonly proof: BatchProof;
  readonly certificate: CertificateBundle | undefined;
  /** The unsigned hint; 0 = none. */
  readonly serverTimeMs: number;
}

const LEAF_NAMES: Readonly<Record<number, Exclude<LeafName, "hostInfo">>> = {
  1: "lease",
  2: "countReport",
  3: "reidentify",
};

/** Steps 1 and 2 of §5.3, sizes and shape, for an answer to Activate. */
export function readActivateResponse(reply: Uint8Array): Outcome<ReplyParts> {
  const message = readMessage(ActivateResponseSchema, reply, MAX_REPLY_BYTES);
  if (!message.ok) return message;
  const { statementType, serverTimeMs } = message.value;
  if (statementType === 0) return refuse("DOCUMENT_MALFORMED", "expected a statement, found none", "statement_type");
  const name = LEAF_NAMES[statementType];
  if (name === undefined)
    return refuse("DOCUMENT_UNSUPPORTED", `unknown statement type ${statementType}`, "statement_type");
  return partsOf(name, message.value, Number(serverTimeMs));
}

/** The same for an answer to GetHostInfo. */
export function readHostInfoResponse(reply: Uint8Array): Outcome<ReplyParts> {
  const message = readMessage(GetHostInfoResponseSchema, reply, MAX_REPLY_BYTES);
  return message.ok ? partsOf("hostInfo", message.value, 0) : message;
}

function partsOf(name: LeafName, message: SignedReply, serverTimeMs: number): Outcome<ReplyParts> {
  const { statement, proof, certificate } = message;
  if (proof === undefined) return refuse("DOCUMENT_MALFORMED", "expected a proof, found none", "proof");
  const problem =
    sizeProblem("statement", statement, PAYLOAD_TYPE[name].maxBytes) ??
    sizeProblem("head", proof.head, PAYLOAD_TYPE.batchHead.maxBytes) ??
    sizeProblem("path", proof.path, MAX_PATH_BYTES);
  if (problem !== undefined) return problem;
  const { head, sig, keyId, leafIndex, path } = proof;
  return accept({
    leaf: { name, payload: statement },
    proof: { head, sig, keyId, leafIndex, path },
    certificate,
    serverTimeMs,
  });
}

function sizeProblem(field: string, { length }: Uint8Array, most: number) {
  if (length <= most) return undefined;
  return refuse("DOCUMENT_TOO_LARGE", `expected at most ${most} bytes, found ${length}`, field);
}

/** The fields that both answers share. */
interface SignedReply {
  readonly statement: Uint8Array;
  readonly proof?: ProofMessage | undefined;
  readonly certificate?: CertificateBundle | undefined;
}
