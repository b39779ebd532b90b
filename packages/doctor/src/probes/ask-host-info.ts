import { create, toBinary } from "@bufbuild/protobuf";
import { type HostTarget, MAX_ANSWER_BYTES, type Transport, type TransportReply } from "@countersign/client";
import { type Cryptography, printableText, type RandomBytes, toHex } from "@countersign/domain";
import {
  type HostInfo,
  mergeTrust,
  readDocumentsResponse,
  type TrustState,
  type VerifiedCertificate,
  verifyHostInfo,
} from "@countersign/protocol";
import { GetDocumentsRequestSchema, GetHostInfoRequestSchema } from "@countersign/protocol/gen/activation";
import type { CertifiedHost, EndpointAnswer } from "../finder/facts.ts";

/** What a question to a host needs. */
export interface HostQuestion {
  readonly transport: Transport;
  readonly cryptography: Cryptography;
  readonly random: RandomBytes;
  readonly nowMs: () => number;
}

const NONCE_BYTES = 32;
const MOST_TEXT = 200;

/** One GetHostInfo with a fresh nonce, for one publisher; what comes back is verified down from its trust file. */
export async function askHostInfo(target: HostTarget, trust: TrustState, ports: HostQuestion): Promise<EndpointAnswer> {
  const nonce = ports.random(NONCE_BYTES);
  const { publisherId } = trust;
  const request = toBinary(GetHostInfoRequestSchema, create(GetHostInfoRequestSchema, { nonce, publisherId }));
  const reply = await ports.transport(target, "GetHostInfo", request);
  if (reply.kind !== "answer") return unanswered(reply, toHex(publisherId));
  return judgeReply(reply.bytes, { target, trust, nonce, ports });
}

interface Asked {
  readonly target: HostTarget;
  readonly trust: TrustState;
  readonly nonce: Uint8Array;
  readonly ports: HostQuestion;
}

async function judgeReply(bytes: Uint8Array, asked: Asked): Promise<EndpointAnswer> {
  const publisherId = toHex(asked.trust.publisherId);
  if (bytes.length > MAX_ANSWER_BYTES.GetHostInfo)
    return { kind: "unverified", publisherId, reason: "DOCUMENT_TOO_LARGE", detail: `${bytes.length} bytes` };
  const verified = await verify(bytes, asked, asked.trust);
  // The trust file may be older than the publisher's keys: as a client, take what follows from it.
  const outcome =
    verified.ok || verified.refusal.reason !== "ISSUER_NOT_TRUSTED"
      ? verified
      : await verify(bytes, asked, await newerTrust(asked));
  if (!outcome.ok) {
    const { reason, detail } = outcome.refusal;
    return { kind: "unverified", publisherId, reason, detail: shortText(detail) };
  }
  return { kind: "certified", publisherId, host: hostOf(outcome.value) };
}

function hostOf({ info, certificate: { certificate } }: VerifiedHostInfo): CertifiedHost {
  return {
    hostId: toHex(info.hostId),
    instanceId: toHex(info.instanceId),
    nodeId: toHex(info.nodeId),
    laterNodeId: "",
    customerId: toHex(certificate.customerId),
    certificateSerial: toHex(certificate.serial),
    notAfterMs: certificate.notAfterMs,
    softwareVersion: shortText(info.softwareVersion),
    port: info.port,
    serverTimeMs: info.serverTimeMs,
    keyGroups: certificate.keyGroups,
    siteRequired: certificate.siteRequired,
    counts: info.counts.map(({ applicationId, currentCount }) => ({
      applicationId: toHex(applicationId),
      currentCount,
    })),
  };
}

/** What verifyHostInfo accepted. */
interface VerifiedHostInfo {
  readonly info: HostInfo;
  readonly certificate: VerifiedCertificate;
}

function verify(bytes: Uint8Array, { nonce, ports }: Asked, trust: TrustState) {
  return verifyHostInfo(bytes, { nonce, trust, wallMs: ports.nowMs(), floorMs: 0 }, ports.cryptography);
}

async function newerTrust({ target, trust, ports }: Asked): Promise<TrustState> {
  const request = create(GetDocumentsRequestSchema, {
    publisherId: trust.publisherId,
    rootVersion: BigInt(trust.rootSets.at(-1)?.value.version ?? 0),
    manifestVersion: BigInt(trust.manifest.value.version),
  });
  const reply = await ports.transport(target, "GetDocuments", toBinary(GetDocumentsRequestSchema, request));
  if (reply.kind !== "answer" || reply.bytes.length > MAX_ANSWER_BYTES.GetDocuments) return trust;
  const received = readDocumentsResponse(reply.bytes);
  if (!received.ok) return trust;
  const merged = await mergeTrust(trust, received.value, ports.cryptography);
  return merged.ok ? merged.value : trust;
}

function unanswered(reply: Exclude<TransportReply, { kind: "answer" }>, publisherId: string): EndpointAnswer {
  switch (reply.kind) {
    case "refusal":
      return {
        kind: "refusal",
        publisherId,
        reason: shortText(reply.reason),
        message: shortText(reply.message),
      };
    case "foreign":
      return { kind: "foreign", detail: shortText(reply.detail) };
    case "failure": {
      // An address is asked, never a name: what a resolver would say cannot be here.
      const reason = reply.reason === "TIMEOUT" ? "TIMEOUT" : "HOST_UNREACHABLE";
      return { kind: "failure", reason, detail: shortText(reply.detail) };
    }
  }
}

/** Text of whoever answered, as it may stand in a fact. */
function shortText(text: string): string {
  return printableText(text).slice(0, MOST_TEXT);
}
