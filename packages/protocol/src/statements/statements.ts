import { create, toBinary } from "@bufbuild/protobuf";
import { concatBytes, type HmacSha256, pae } from "@countersign/domain";
import { FieldRules, readPayload } from "../documents/payload-rules.ts";
import { HASHED_TYPE } from "../documents/payload-type.ts";
import {
  CountReportSchema,
  HostInfoSchema,
  LeaseSchema,
  ReidentifySchema,
} from "../gen/countersign/v1/documents_pb.ts";
import type { Outcome } from "../outcome.ts";
import type { CountReport, HostInfo, Lease, Reidentify, StatementSubject } from "./statement-values.ts";

/** Payload bytes of a lease. */
export function encodeLease(value: Lease): Uint8Array {
  const { seq, issuedMs, ...same } = value;
  return toBinary(
    LeaseSchema,
    create(LeaseSchema, { ...same, format: 1, seq: BigInt(seq), issuedMs: BigInt(issuedMs) }),
  );
}

/** Payload bytes of a count report. */
export function encodeCountReport(value: CountReport): Uint8Array {
  const { seq, issuedMs, ...same } = value;
  return toBinary(
    CountReportSchema,
    create(CountReportSchema, { ...same, format: 1, seq: BigInt(seq), issuedMs: BigInt(issuedMs) }),
  );
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
    .gives(() => ({ ...message, seq: Number(message.seq), issuedMs: Number(message.issuedMs) }));
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
    .gives(() => ({ ...message, seq: Number(message.seq), issuedMs: Number(message.issuedMs) }));
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
    .gives(() => ({
      ...message,
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
    .positive("server_time_ms", message.serverTimeMs)
    .gives(() => ({ ...message, notAfterMs: Number(message.notAfterMs), serverTimeMs: Number(message.serverTimeMs) }));
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
