import { publisherMask, RefusalError, refuse, type Signer } from "@countersign/domain";
import {
  encodeKeyManifest,
  encodeRootSet,
  type IssuingKey,
  publisherIdOf,
  type RootSet,
  signDocument,
  type TrustState,
  trustedKey,
  USAGE,
} from "@countersign/protocol";
import { logIssuance } from "./issuance-log.ts";
import { checkNewName } from "./new-name.ts";
import { KEY_NAME, type PublisherParts } from "./publisher-parts.ts";
import { savePublisher } from "./publisher-trust.ts";

const YEAR_MS = 365 * 86_400_000;
/** Issuing keys sign for a year; a host certificate of three years made on the last day still verifies. */
const SIGN_MS = YEAR_MS;
const VERIFY_MS = 6 * YEAR_MS;

/** A name for people and the address hosts reach the service under. */
export interface NewPublisher {
  readonly name: string;
  readonly serviceUrl: string;
}

/** Draws root and issuing keys, signs root set and manifest, keeps them. One root key: the ten-minute start (protocol.md §3). */
export async function createPublisher({ name, serviceUrl }: NewPublisher, parts: PublisherParts): Promise<void> {
  const { store, cryptography } = parts;
  checkNewName("publisher", name, []);
  await store.transact(async (unit) => {
    if ((await unit.publisher()) !== undefined)
      throw new RefusalError(refuse("EXISTS_ALREADY", { what: "publisher", name: "one in this store" }));
    const issuedMs = parts.now();
    const root = await ownKey(KEY_NAME.root, parts);
    const rootSet = drawRootSet(name, root, issuedMs, parts);
    const issuing = await Promise.all([
      issuingKey(KEY_NAME.hostCert, USAGE.hostCert, issuedMs, parts),
      issuingKey(KEY_NAME.mak, USAGE.mak, issuedMs, parts),
      issuingKey(KEY_NAME.policy, USAGE.policy, issuedMs, parts),
      issuingKey(KEY_NAME.revocation, USAGE.revocation, issuedMs, parts),
      issuingKey(KEY_NAME.time, USAGE.time, issuedMs, parts),
    ]);
    await drawEpoch(parts);
    const rootPayload = encodeRootSet(rootSet);
    const publisherId = publisherIdOf(rootPayload, cryptography.sha256);
    const manifest = { version: 1, publisherId, keys: issuing, minPolicyVersion: 0, issuedMs };
    const manifestPayload = encodeKeyManifest(manifest);
    const trust: TrustState = {
      publisherId,
      publisherName: name,
      rootSets: [{ document: await signDocument("rootSet", rootPayload, [root], cryptography.sha256), value: rootSet }],
      manifest: {
        document: await signDocument("keyManifest", manifestPayload, [root], cryptography.sha256),
        value: manifest,
      },
      policies: [],
      revocationList: undefined,
      setupKeys: [],
      serviceUrl,
    };
    await logIssuance(unit, { kind: "root-set", payload: rootPayload, timeMs: issuedMs }, cryptography.sha256);
    await logIssuance(unit, { kind: "key-manifest", payload: manifestPayload, timeMs: issuedMs }, cryptography.sha256);
    await savePublisher(unit, { publisherId, name, serviceUrl }, { trust, parts });
  });
}

/** Draws the salt again while the product-key mask would be zero: a zero mask lets a cyclic shift through (§10). */
function drawRootSet(publisherName: string, root: Signer, issuedMs: number, { cryptography }: PublisherParts): RootSet {
  for (;;) {
    const rootSet: RootSet = {
      version: 1,
      threshold: 1,
      keys: [trustedKey(root.algorithm, root.publicKey, cryptography.sha256)],
      publisherName,
      salt: cryptography.random(16),
      issuedMs,
    };
    if (publisherMask(publisherIdOf(encodeRootSet(rootSet), cryptography.sha256), cryptography.sha256) !== 0)
      return rootSet;
  }
}

async function issuingKey(
  name: string,
  usage: IssuingKey["usages"][number],
  nowMs: number,
  parts: PublisherParts,
): Promise<IssuingKey> {
  const signer = await ownKey(name, parts);
  return {
    ...trustedKey(signer.algorithm, signer.publicKey, parts.cryptography.sha256),
    usages: [usage],
    notBeforeMs: nowMs,
    notAfterMs: nowMs + SIGN_MS,
    verifyUntilMs: nowMs + VERIFY_MS,
    status: "active",
  };
}

/** A creation that was cut off left keys nobody has seen a document of: they are taken up, never drawn over. */
async function ownKey(name: string, { keyring }: PublisherParts): Promise<Signer> {
  return (await keyring.has(name)) ? keyring.signer(name) : keyring.createKey(name);
}

/** Kept when it is there: a store made anew beside old keys must not make the host keys issued before unprovable. */
async function drawEpoch({ keyring, cryptography }: PublisherParts): Promise<void> {
  if (!(await keyring.has(KEY_NAME.epoch))) await keyring.putSecret(KEY_NAME.epoch, cryptography.random(32));
}
