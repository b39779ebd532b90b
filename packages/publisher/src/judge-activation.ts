import { equalBytes, type Refusal, refuse } from "@countersign/domain";
import type { ReceivedRequest } from "@countersign/protocol";
import type { HostActivationRow, IssuedKeyRow } from "@countersign/storage";

/** Allowed, with the certificate it renews if it does; or the named refusal. */
export type JudgedActivation =
  | { readonly ok: true; readonly previous: HostActivationRow | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

const refused = (refusal: Refusal) => ({ ok: false, refusal }) as const;

/** Judges a request whose key is known and proved. `activations`: every certificate of that key, in order. */
export function judgeActivation(
  request: ReceivedRequest,
  key: IssuedKeyRow,
  activations: readonly HostActivationRow[],
): JudgedActivation {
  return request.keyProof === undefined ? judgeRenewal(request, activations) : judgeQuota(request, key, activations);
}

/** §4.7: the certified key may renew the newest certificate of its own host; who holds an older one is a copy. */
function judgeRenewal(
  { context, publicKey }: ReceivedRequest,
  activations: readonly HostActivationRow[],
): JudgedActivation {
  const serial = context.previousCertificateSerial;
  const previous = activations.find((row) => serial !== undefined && equalBytes(row.serial, serial));
  if (previous === undefined)
    return refused(refuse("RENEWAL_NOT_ALLOWED", { detail: "a certificate not issued here" }));
  if (!equalBytes(previous.publicKey, publicKey))
    return refused(refuse("RENEWAL_NOT_ALLOWED", { detail: "another key than the certified one" }));
  if (!equalBytes(previous.hostId, context.hostId))
    return refused(refuse("RENEWAL_NOT_ALLOWED", { detail: "another host than the certified one" }));
  const newest = activations.findLast((row) => equalBytes(row.hostId, previous.hostId));
  if (newest !== previous || context.renewalSeq !== previous.renewalSeq + 1)
    return refused(refuse("HOST_LINEAGE_FORK"));
  return { ok: true, previous };
}

/** §3.4: so many distinct hosts a key, so many activations a host; renewals are free. */
function judgeQuota(
  { context }: ReceivedRequest,
  key: IssuedKeyRow,
  activations: readonly HostActivationRow[],
): JudgedActivation {
  const withKey = activations.filter((row) => row.previousSerial === undefined);
  const ofThisHost = withKey.filter((row) => equalBytes(row.hostId, context.hostId)).length;
  const firsts = withKey.filter((row) => row.activationIndex === 1).length;
  if (ofThisHost === 0 && firsts >= key.maxHosts)
    return refused(refuse("HOST_LIMIT_REACHED", { limit: key.maxHosts, detail: "hosts" }));
  if (ofThisHost >= key.activationsPerHost)
    return refused(refuse("HOST_LIMIT_REACHED", { limit: key.activationsPerHost, detail: "activations of one host" }));
  return { ok: true, previous: undefined };
}
