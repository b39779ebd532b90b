import { create, toBinary } from "@bufbuild/protobuf";
import type { PublisherId, Sha256 } from "@countersign/domain";
import { KeyManifestSchema, RootSetSchema } from "../gen/countersign/v1/documents_pb.ts";
import type { Outcome } from "../outcome.ts";
import type { IssuingKey, KeyManifest, RootSet } from "./document-values.ts";
import { trustedKey } from "./envelope.ts";
import { FieldRules, readPayload } from "./payload-rules.ts";
import { USAGE, type Usage } from "./payload-type.ts";

const STATUSES = ["active", "retired", "revoked"] as const;
const USAGES = new Set<number>(Object.values(USAGE));

/** First 16 bytes of SHA-256 of the payload of root-set v1. */
export function publisherIdOf(rootSetPayload: Uint8Array, sha256: Sha256): PublisherId {
  return sha256(rootSetPayload).slice(0, 16);
}

/** Payload bytes of a root set. */
export function encodeRootSet(value: RootSet): Uint8Array {
  const { threshold, publisherName, salt } = value;
  const keys = value.keys.map(({ algorithm, publicKey }) => ({ algorithm, publicKey }));
  const message = {
    format: 1,
    version: BigInt(value.version),
    threshold,
    keys,
    publisherName,
    salt,
    issuedMs: BigInt(value.issuedMs),
  };
  return toBinary(RootSetSchema, create(RootSetSchema, message));
}

/** Reads verified (or about to be self-verified) root-set bytes. */
export function readRootSet(payload: Uint8Array, sha256: Sha256): Outcome<RootSet> {
  const read = readPayload(RootSetSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .positive("version", message.version)
    .that(
      "threshold",
      message.threshold >= 1 && message.threshold <= message.keys.length,
      "expected 1 to the number of keys",
    )
    .keys("keys", message.keys)
    .text("publisher_name", message.publisherName, 64)
    .id("salt", message.salt, 16)
    .positive("issued_ms", message.issuedMs)
    .gives(() => ({
      version: Number(message.version),
      threshold: message.threshold,
      keys: message.keys.map((key) => trustedKey(key.algorithm, key.publicKey, sha256)),
      publisherName: message.publisherName,
      salt: message.salt,
      issuedMs: Number(message.issuedMs),
    }));
}

/** Payload bytes of a key manifest. */
export function encodeKeyManifest(value: KeyManifest): Uint8Array {
  const keys = value.keys.map((key) => ({
    keyId: key.keyId,
    algorithm: key.algorithm,
    publicKey: key.publicKey,
    usages: [...key.usages],
    notBeforeMs: BigInt(key.notBeforeMs),
    notAfterMs: BigInt(key.notAfterMs),
    verifyUntilMs: BigInt(key.verifyUntilMs),
    status: STATUSES.indexOf(key.status) + 1,
  }));
  const message = {
    format: 1,
    version: BigInt(value.version),
    publisherId: value.publisherId,
    keys,
    minPolicyVersion: BigInt(value.minPolicyVersion),
    issuedMs: BigInt(value.issuedMs),
  };
  return toBinary(KeyManifestSchema, create(KeyManifestSchema, message));
}

/** Reads verified manifest bytes. A status that is not known means revoked (R7: unknown is deny). */
export function readKeyManifest(payload: Uint8Array, sha256: Sha256): Outcome<KeyManifest> {
  const read = readPayload(KeyManifestSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .positive("version", message.version)
    .id("publisher_id", message.publisherId, 16)
    .keys("keys", message.keys)
    .that(
      "keys",
      message.keys.every(
        (key) =>
          key.notBeforeMs > 0n &&
          key.notAfterMs > key.notBeforeMs &&
          key.verifyUntilMs >= key.notAfterMs &&
          key.verifyUntilMs < 2n ** 53n,
      ),
      "expected not_before < not_after <= verify_until",
    )
    .positive("issued_ms", message.issuedMs)
    .gives(() => ({
      version: Number(message.version),
      publisherId: message.publisherId,
      keys: message.keys.map(
        (key): IssuingKey => ({
          ...trustedKey(key.algorithm, key.publicKey, sha256),
          usages: key.usages.filter((usage): usage is Usage => USAGES.has(usage)),
          notBeforeMs: Number(key.notBeforeMs),
          notAfterMs: Number(key.notAfterMs),
          verifyUntilMs: Number(key.verifyUntilMs),
          status: STATUSES[key.status - 1] ?? "revoked",
        }),
      ),
      minPolicyVersion: Number(message.minPolicyVersion),
      issuedMs: Number(message.issuedMs),
    }));
}
