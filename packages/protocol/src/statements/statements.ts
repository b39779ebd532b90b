import { create, toBinary } from "@bufbuild/protobuf";
import { concatBytes, type HmacSha256, pae } from "@countersign/domain";
import { FieldRules, fieldsOf, readPayload } from "../documents/payload-rules.ts";
import { HASHED_TYPE, PAYLOAD_TYPE } from "../documents/payload-type.ts";
import {
  CountReportSchema,
  HostInfoSchema,
  LeaseSchema,
  ReidentifySchema,
} from "../gen/countersign/v1/documents_pb.ts";
import type { Outcome } from "../outcome.ts";
import { WireWriter } from "../wire/wire-writer.ts";
import type { CountReport, HostInfo, Lease, Reidentify, StatementSubject } from "./statement-values.ts";

/** No leaf is longer (protocol.md §2.3). */
const LEAF_BYTES = PAYLOAD_TYPE.lease.maxBytes;

/** Payload bytes of a lease, field by field: it is written for every activation. */
export function encodeLease(value: Lease): Uint8Array {
  return new WireWriter(LEAF_BYTES)
    .number(1, 1)
    .bytes(3, value.leaseId)
    .bytes(4, value.cmid)
    .bytes(5, value.fingerprint)
    .bytes(6, value.nonce)
    .number(7, value.productId)
    .number(8, value.keyGroup)
    .number(9, value.seq)
    .number(10, value.issuedMs)
    .number(11, value.validityS)
    .number(12, value.renewalS)
    .number(13, value.retryS)
    .number(14, value.jitterPct)
    .number(15, value.graceS)
    .number(16, value.count)
    .number(17, value.requiredCount)
    .bytes(18, value.hostId)
    .number(19, value.port)
    .number(20, value.flags)
    .finish();
}

/** Payload bytes of a count report, field by field like a lease. */
export function encodeCountReport(value: CountReport): Uint8Array {
  return new WireWriter(LEAF_BYTES)
    .number(1, 1)
    .bytes(3, value.leaseId)
    .bytes(4, value.cmid)
    .bytes(5, value.fingerprint)
    .bytes(6, value.nonce)
    .number(7, value.productId)
    .number(8, value.keyGroup)
    .number(9, value.seq)
    .number(10, value.issuedMs)
    .number(11, value.retryS)
    .number(12, value.jitterPct)
    .number(13, value.count)
    .number(14, value.requiredCount)
    .bytes(15, value.hostId)
    .number(16, value.port)
    .number(17, value.reason)
    .number(18, value.flags)
    .number(19, value.renewalS)
    .finish();
}

/** Payload bytes of a re-identify directive. */
export function encodeReidentify(value: Reidentify): Uint8Array {
  const { issuedMs, otherLastSeenMs, ...same } = value;
  const message = { ...same, format: 1, issuedMs: BigInt(issuedMs), otherLastSeenMs: BigInt(otherLastSeenMs) };
  return toBinary(ReidentifySchema, create(ReidentifySchema, message));
}

/** Payload bytes of a host's word about itself. */
export function encodeHostInfo(value: HostInfo): Uint8Array {
  const { notAfterMs, serverTimeMs, counts, keyGroups, ...same } = value;
  const message = {
    ...same,
    format: 1,
    keyGroups: [...keyGroups],
    notAfterMs: BigInt(notAfterMs),
    serverTimeMs: BigInt(serverTimeMs),
    counts: counts.map((count) => ({ ...count })),
  };
  return toBinary(HostInfoSchema, create(HostInfoSchema, message));
}

/** Reads a lease leaf. */
export function readLease(payload: Uint8Array): Outcome<Lease> {
  const read = readPayload(LeaseSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return subjectRules(message)
    .id("lease_id", message.leaseId, 16)
    .id("host_id", message.hostId, 16)
    .positive("seq", message.seq)
    .positive("issued_ms", message.issuedMs)
    .positive("validity_s", message.validityS)
    .positive("renewal_s", message.renewalS)
    .positive("retry_s", message.retryS)
    .positive("required_count", message.requiredCount)
    .that("port", message.port >= 1 && message.port <= 65_535, "expected 1 to 65535")
    .gives(() => ({ ...fieldsOf(message), seq: Number(message.seq), issuedMs: Number(message.issuedMs) }));
}

/** Reads a count-report leaf. */
export function readCountReport(payload: Uint8Array): Outcome<CountReport> {
  const read = readPayload(CountReportSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return subjectRules(message)
    .id("lease_id", message.leaseId, 16)
    .id("host_id", message.hostId, 16)
    .positive("seq", message.seq)
    .positive("issued_ms", message.issuedMs)
    .positive("retry_s", message.retryS)
    .positive("required_count", message.requiredCount)
    .that("port", message.port >= 1 && message.port <= 65_535, "expected 1 to 65535")
    .gives(() => ({ ...fieldsOf(message), seq: Number(message.seq), issuedMs: Number(message.issuedMs) }));
}

/** Reads a re-identify leaf. */
export function readReidentify(payload: Uint8Array): Outcome<Reidentify> {
  const read = readPayload(ReidentifySchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return subjectRules(message)
    .id("host_id", message.hostId, 16)
    .positive("issued_ms", message.issuedMs)
    .positive("reason", message.reason)
    .that("branch_hint", message.branchHint.length === 4, "expected 4 bytes")
    .that(
      "other_last_seen_ms",
      message.otherLastSeenMs >= 0n && message.otherLastSeenMs < 2n ** 53n,
      "expected an instant",
    )
    .gives(() => ({
      ...fieldsOf(message),
      issuedMs: Number(message.issuedMs),
      otherLastSeenMs: Number(message.otherLastSeenMs),
    }));
}

/** Reads a host-info leaf. */
export function readHostInfo(payload: Uint8Array): Outcome<HostInfo> {
  const read = readPayload(HostInfoSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .id("nonce", message.nonce, 32)
    .id("host_id", message.hostId, 16)
    .id("instance_id", message.instanceId, 16)
    .that("node_id", message.nodeId.length === 8, "expected 8 bytes")
    .positive("server_time_ms", message.serverTimeMs)
    .positive("not_after_ms", message.notAfterMs)
    .gives(() => ({
      ...fieldsOf(message),
      counts: message.counts.map(({ applicationId, currentCount }) => ({ applicationId, currentCount })),
      notAfterMs: Number(message.notAfterMs),
      serverTimeMs: Number(message.serverTimeMs),
    }));
}

/** Unpredictable to others, recognised by its host without history (protocol.md §5.2). */
export function leaseIdOf(
  hmac: HmacSha256,
  lineageKey: Uint8Array,
  subject: { readonly cmid: Uint8Array; readonly productId: number },
  seq: number,
): Uint8Array {
  const tail = new DataView(new ArrayBuffer(12));
  tail.setUint32(0, subject.productId);
  tail.setBigUint64(4, BigInt(seq));
  return hmac(lineageKey, pae(HASHED_TYPE.lineage, concatBytes(subject.cmid, new Uint8Array(tail.buffer)))).slice(
    0,
    16,
  );
}

function subjectRules(subject: StatementSubject): FieldRules {
  return new FieldRules()
    .id("cmid", subject.cmid, 16)
    .id("fingerprint", subject.fingerprint, 32)
    .id("nonce", subject.nonce, 32)
    .positive("product_id", subject.productId)
    .positive("key_group", subject.keyGroup);
}
