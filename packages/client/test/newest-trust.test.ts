import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cryptography } from "@countersign/domain";
import { encodeRevocationList, mergeTrust, signDocument, type TrustState, writeTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { KEY_NAME } from "@countersign/publisher";
import { embeddedTrust, newestTrust } from "../src/newest-trust.ts";
import { openSite, type Site } from "./site.ts";

const START_MS = Date.UTC(2026, 10, 24);

/** Real cryptography that says how often it verified. */
function counting(): { readonly cryptography: Cryptography; readonly verified: () => number } {
  let count = 0;
  const verify: Cryptography["verify"] = (...asked) => {
    count += 1;
    return nodeCryptography.verify(...asked);
  };
  return { cryptography: { ...nodeCryptography, verify }, verified: () => count };
}

async function opened(bytes: Uint8Array, cryptography: Cryptography): Promise<TrustState> {
  const trust = await embeddedTrust(bytes, cryptography);
  assert.ok(trust.ok);
  return trust.trust;
}

/** What a store holds that knows this revocation list. */
async function storeWith(site: Site, number: number): Promise<Uint8Array> {
  const trust = await opened(site.trust, nodeCryptography);
  const times = { issuedMs: START_MS + number, nextMs: START_MS + 1_000_000 };
  const payload = encodeRevocationList({ publisherId: trust.publisherId, number, entries: [], ...times });
  const signer = await site.parts.keyring.signer(KEY_NAME.revocation);
  const list = await signDocument("revocationList", payload, [signer], nodeCryptography.sha256);
  const merged = await mergeTrust(trust, { revocationList: list }, nodeCryptography);
  assert.ok(merged.ok);
  return writeTrust(merged.value);
}

const bent = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte));

test("the same trust file is verified once a process; a bent copy, or other eyes, find what they find", async () => {
  const site = await openSite({ wallMs: START_MS, monotonicMs: 0 });
  const { cryptography, verified } = counting();
  const trust = await opened(site.trust, cryptography);
  const once = verified();
  assert.ok(once > 0);
  assert.equal(await opened(site.trust, cryptography), trust);
  assert.equal(verified(), once);
  assert.equal((await embeddedTrust(bent(site.trust), cryptography)).ok, false);
  const blind = { ...nodeCryptography, verify: async () => false };
  assert.equal((await embeddedTrust(site.trust, blind)).ok, false);
});

test("the trust of a store is verified again whenever it is another one than the last", async () => {
  const site = await openSite({ wallMs: START_MS, monotonicMs: 0 });
  const { cryptography, verified } = counting();
  const embedded = await opened(site.trust, cryptography);
  const [older, newer] = [await storeWith(site, 1), await storeWith(site, 2)];
  const numberIn = async (stored: Uint8Array) =>
    (await newestTrust(embedded, stored, cryptography)).revocationList?.value.number;
  assert.equal(await numberIn(newer), 2);
  const once = verified();
  assert.equal(await numberIn(Uint8Array.from(newer)), 2);
  assert.equal(verified(), once);
  assert.equal(await numberIn(older), 1);
  assert.ok(verified() > once);
  assert.equal(await numberIn(bent(newer)), undefined, "what does not verify leaves what was embedded");
  assert.equal(await numberIn(newer), 2);
});
