import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { equalBytes, refuse } from "@countersign/domain";
import { encodeHostInfo, type RpcReply, type TrustState } from "@countersign/protocol";
import {
  BatchProofSchema,
  CertificateBundleSchema,
  GetDocumentsRequestSchema,
  GetDocumentsResponseSchema,
  GetHostInfoRequestSchema,
  GetHostInfoResponseSchema,
} from "@countersign/protocol/gen/activation";
import { countNow, type ServingState } from "./activate-clients.ts";
import { seatOf } from "./narrow-and-limit.ts";
import { sealLeaves } from "./seal.ts";
import type { Seat } from "./seat.ts";
import { isOwnNetwork } from "./source-address.ts";

/** GetHostInfo (protocol.md §5.0): a signed leaf; counts only towards the site's own networks. */
export async function hostInfoReply(
  bytes: Uint8Array,
  address: string,
  state: ServingState,
  seats: readonly Seat[],
): Promise<RpcReply> {
  const asked = parsed(() => fromBinary(GetHostInfoRequestSchema, bytes));
  if (asked === undefined || ![0, 32].includes(asked.nonce.length)) return invalid("a nonce of 32 bytes or none");
  const seat = asked.publisherId.length === 0 ? seats[0] : seatOf(asked.publisherId, seats);
  if (seat === undefined) {
    return { ok: false, refusal: seats.length === 0 ? refuse("HOST_NOT_ENABLED") : refuse("UNKNOWN_PUBLISHER") };
  }
  if (seat.row.key === undefined) return { ok: false, refusal: refuse("HOST_NOT_ENABLED") };
  if (seat.certificate === undefined || seat.bundle === undefined) {
    return { ok: false, refusal: refuse("HOST_NOT_ACTIVATED") };
  }
  const { parts } = state;
  const { value } = seat.certificate;
  const payload = encodeHostInfo({
    nonce: asked.nonce.length === 32 ? asked.nonce : parts.random(32),
    hostId: parts.store.identity.hostId,
    instanceId: parts.store.identity.instanceId,
    nodeId: state.seal.nodeId,
    port: parts.listeningPort(),
    softwareVersion: parts.softwareVersion,
    keyGroups: value.keyGroups,
    notAfterMs: value.notAfterMs,
    serverTimeMs: parts.clock.wallMs(),
    counts: isOwnNetwork(address) ? await countsOf(seat, state) : [],
  });
  const [proof] = (await sealLeaves([{ name: "hostInfo", payload }], seat, state.seal)) ?? [];
  if (proof === undefined) return { ok: false, refusal: refuse("SIGNER_UNAVAILABLE") };
  const reply = create(GetHostInfoResponseSchema, {
    statement: payload,
    proof: create(BatchProofSchema, proof),
    certificate: fromBinary(CertificateBundleSchema, seat.bundle),
    publisherIds: seats.map(({ row }) => row.publisherId),
    softwareVersion: parts.softwareVersion,
  });
  return { ok: true, body: toBinary(GetHostInfoResponseSchema, reply) };
}

/** GetDocuments: what is newer than the versions the client names. */
export function documentsReply(bytes: Uint8Array, seats: readonly Seat[]): RpcReply {
  const asked = parsed(() => fromBinary(GetDocumentsRequestSchema, bytes));
  if (asked === undefined) return invalid("a GetDocumentsRequest");
  const seat = seatOf(asked.publisherId, seats);
  if (seat === undefined) return { ok: false, refusal: refuse("UNKNOWN_PUBLISHER") };
  const { trust } = seat;
  const isNewPolicy = ({ value }: TrustState["policies"][number]) =>
    !asked.policyVersions.some(
      ({ applicationId, version }) =>
        equalBytes(applicationId, value.application.applicationId) && Number(version) >= value.version,
    );
  const list = trust.revocationList;
  const { manifest } = trust;
  const reply = create(GetDocumentsResponseSchema, {
    rootSets: trust.rootSets
      .filter(({ value }) => value.version > Number(asked.rootVersion))
      .map((set) => set.document),
    ...(manifest.value.version > Number(asked.manifestVersion) ? { manifest: manifest.document } : {}),
    policies: trust.policies.filter(isNewPolicy).map((policy) => policy.document),
    ...(list !== undefined && list.value.number > Number(asked.rlNumber) ? { revocationList: list.document } : {}),
  });
  return { ok: true, body: toBinary(GetDocumentsResponseSchema, reply) };
}

/** The current count of each application of a seat. */
export async function countsOf(seat: Seat, state: ServingState) {
  const nowMs = state.clock.next(state.latestNotAfterMs()).guardedMs;
  const counts: { applicationId: Uint8Array; currentCount: number }[] = [];
  for (const { value } of seat.trust.policies) {
    const { applicationId } = value.application;
    const { count } = await countNow(state, { seat: seat.row.seat, applicationId }, nowMs);
    counts.push({ applicationId, currentCount: count });
  }
  return counts;
}

function invalid(detail: string): RpcReply {
  return { ok: false, refusal: refuse("REQUEST_INVALID", { detail: `something else than ${detail}` }) };
}

function parsed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // The refusal that follows names it.
  }
}
