import { create, toBinary } from "@bufbuild/protobuf";
import {
  RevocationListSchema,
  type Revocation as RevocationMessage,
  SiteGrantSchema,
  TimeTokenSchema,
} from "../gen/countersign/v1/documents_pb.ts";
import type { Outcome } from "../outcome.ts";
import type { Revocation, RevocationList, SiteGrant, TimeToken } from "./document-values.ts";
import { FieldRules, readPayload } from "./payload-rules.ts";

const KINDS = ["certificate", "host", "customer", "product-key", "issuing-key"] as const;
const EMPTY = new Uint8Array();

/** Payload bytes of a revocation list. */
export function encodeRevocationList(value: RevocationList): Uint8Array {
  const message = {
    format: 1,
    publisherId: value.publisherId,
    number: BigInt(value.number),
    issuedMs: BigInt(value.issuedMs),
    nextMs: BigInt(value.nextMs),
    entries: value.entries.map((entry) => ({
      kind: KINDS.indexOf(entry.kind) + 1,
      value: revokedValue(entry),
      reason: entry.reason,
      effectiveMs: BigInt(entry.effectiveMs),
      generation: entry.kind === "customer" ? entry.generationBelow : 0,
    })),
  };
  return toBinary(RevocationListSchema, create(RevocationListSchema, message));
}

/** Reads verified revocation-list bytes. An entry of an unknown kind rejects the list: it would revoke something (R7). */
export function readRevocationList(payload: Uint8Array): Outcome<RevocationList> {
  const read = readPayload(RevocationListSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .id("publisher_id", message.publisherId, 16)
    .positive("number", message.number)
    .positive("issued_ms", message.issuedMs)
    .that(
      "entries",
      message.entries.every((entry) => KINDS[entry.kind - 1] !== undefined),
      "expected kinds this reader knows",
    )
    .gives(() => ({
      publisherId: message.publisherId,
      number: Number(message.number),
      issuedMs: Number(message.issuedMs),
      nextMs: Number(message.nextMs),
      entries: message.entries.flatMap(revocationOfMessage),
    }));
}

/** Payload bytes of a site grant. */
export function encodeSiteGrant(value: SiteGrant): Uint8Array {
  const message = {
    format: 1,
    publisherId: value.publisherId,
    keyKid: value.kid,
    siteRequired: value.siteRequired.map((site) => ({ ...site })),
    flags: value.flags,
    issuedMs: BigInt(value.issuedMs),
  };
  return toBinary(SiteGrantSchema, create(SiteGrantSchema, message));
}

/** Reads verified site-grant bytes. */
export function readSiteGrant(payload: Uint8Array): Outcome<SiteGrant> {
  const read = readPayload(SiteGrantSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .id("publisher_id", message.publisherId, 16)
    .id("key_kid", message.keyKid, 5)
    .that(
      "site_required",
      message.siteRequired.every((site) => site.requiredCount > 0),
      "expected counts above 0",
    )
    .positive("issued_ms", message.issuedMs)
    .gives(() => ({
      publisherId: message.publisherId,
      kid: message.keyKid,
      siteRequired: message.siteRequired.map(({ keyGroup, requiredCount }) => ({ keyGroup, requiredCount })),
      flags: message.flags,
      issuedMs: Number(message.issuedMs),
    }));
}

/** Payload bytes of a time token. */
export function encodeTimeToken(value: TimeToken): Uint8Array {
  const message = { format: 1, requestNonce: value.requestNonce, timeMs: BigInt(value.timeMs) };
  return toBinary(TimeTokenSchema, create(TimeTokenSchema, message));
}

/** Reads verified time-token bytes. */
export function readTimeToken(payload: Uint8Array): Outcome<TimeToken> {
  const read = readPayload(TimeTokenSchema, payload);
  if (!read.ok) return read;
  const { requestNonce, timeMs } = read.value;
  return new FieldRules()
    .id("request_nonce", requestNonce, 32)
    .positive("time_ms", timeMs)
    .gives(() => ({ requestNonce, timeMs: Number(timeMs) }));
}

function revokedValue(entry: Revocation): Uint8Array {
  switch (entry.kind) {
    case "certificate":
      return entry.serial;
    case "host":
      return entry.hostId;
    case "customer":
      return entry.customerId;
    case "product-key":
      return entry.kid;
    case "issuing-key":
      return entry.keyId;
  }
}

function revocationOfMessage(entry: RevocationMessage): readonly Revocation[] {
  const said = { reason: entry.reason, effectiveMs: Number(entry.effectiveMs) };
  const value = entry.value ?? EMPTY;
  const kind = KINDS[entry.kind - 1];
  if (kind === undefined) return [];
  switch (kind) {
    case "certificate":
      return [{ ...said, kind: "certificate", serial: value }];
    case "host":
      return [{ ...said, kind: "host", hostId: value }];
    case "customer":
      return [{ ...said, kind: "customer", customerId: value, generationBelow: entry.generation }];
    case "product-key":
      return [{ ...said, kind: "product-key", kid: value }];
    case "issuing-key":
      return [{ ...said, kind: "issuing-key", keyId: value }];
  }
}
