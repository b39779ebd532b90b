import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { concatBytes } from "@countersign/domain";
import fc from "fast-check";
import { type TrustBundle, TrustBundleSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  armour,
  documentBytes,
  encodeRootSet,
  type KeyManifest,
  mergeTrust,
  openTrust,
  type ProductPolicy,
  type ProtocolReason,
  type ReceivedDocuments,
  type RevocationList,
  type RootSet,
  type TrustState,
  trustedKey,
  writeTrust,
  writeTrustFile,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { sampleDocuments } from "./sample-documents.ts";
import { DAY_MS, sampleWorld, seededBytes, seededSigner, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const open = (bytes: Uint8Array) => openTrust(bytes, nodeCryptography);
const trust = accepted(await open(trustBytes(world)));
const merge = (received: ReceivedDocuments, into = trust) => mergeTrust(into, received, nodeCryptography);
const { sha256 } = nodeCryptography;

const manifest = (change: Partial<KeyManifest>, signers = world.roots.slice(1, 3)) =>
  world.sign.manifest({ ...world.manifest, ...change }, signers);
const policy = (change: Partial<ProductPolicy>, label = "policy") =>
  world.sign.policy({ ...world.policy, ...change }, label);
const list = (change: Partial<RevocationList>, label = "revocation") =>
  world.sign.list({ ...world.list, ...change }, label);

/** Versions of everything that counts up. */
function versions({ rootSets, manifest, policies, revocationList }: TrustState) {
  return [
    rootSets.at(-1)?.value.version ?? 0,
    manifest.value.version,
    policies[0]?.value.version ?? 0,
    revocationList?.value.number ?? 0,
  ];
}
const VERSIONS = versions(trust);

describe("a trust file", () => {
  it("opens as text and as bytes, to the same trust, and is written as it was read", async () => {
    assert.deepEqual(accepted(await open(Buffer.from(writeTrustFile(trust)))), trust);
    assert.deepEqual(writeTrust(trust), trustBytes(world));
    assert.deepEqual(trust.publisherId, world.publisherId);
  });

  const bent = (change: (bundle: TrustBundle) => unknown) => {
    const bundle = fromBinary(TrustBundleSchema, trustBytes(world));
    change(bundle);
    return toBinary(TrustBundleSchema, bundle);
  };
  const cases: readonly (readonly [string, ProtocolReason, (bundle: TrustBundle) => unknown])[] = [
    ["of another format", "DOCUMENT_UNSUPPORTED", (bundle) => Object.assign(bundle, { format: 2 })],
    ["without a root set", "ROOT_CHAIN_BROKEN", (bundle) => Object.assign(bundle, { rootSets: [] })],
    ["that begins with root set 2", "ROOT_CHAIN_BROKEN", (bundle) => bundle.rootSets.shift()],
    ["without a manifest", "DOCUMENT_MALFORMED", (bundle) => delete bundle.manifest],
    ["whose manifest is a policy", "DOCUMENT_WRONG_TYPE", (b) => Object.assign(b, { manifest: b.policies[0] })],
  ];
  for (const [title, reason, change] of cases) {
    it(`${title} is ${reason}`, async () => assertRefused(await open(bent(change)), reason));
  }

  it("with a manifest under the older root set only is SIGNATURE_MISSING", async () => {
    const old = await manifest({}, world.roots.slice(0, 1).concat(world.roots.slice(2, 3)));
    assertRefused(await open(bent((bundle) => Object.assign(bundle, { manifest: old }))), "SIGNATURE_MISSING");
  });

  it("with a list or policy under a key of another usage is ISSUER_NOT_TRUSTED", async () => {
    const wrongList = await list({}, "policy");
    assertRefused(await open(bent((b) => Object.assign(b, { revocationList: wrongList }))), "ISSUER_NOT_TRUSTED");
    const wrongPolicy = await policy({}, "revocation");
    assertRefused(await open(bent((b) => Object.assign(b, { policies: [wrongPolicy] }))), "ISSUER_NOT_TRUSTED");
  });

  it("over 1 MiB, or 512 KiB of bytes, is DOCUMENT_TOO_LARGE before it is parsed", async () => {
    assertRefused(await open(new Uint8Array(1024 * 1024 + 1)), "DOCUMENT_TOO_LARGE");
    const large = new Uint8Array(512 * 1024 + 1).fill(8);
    assertRefused(await open(large), "DOCUMENT_TOO_LARGE");
    assertRefused(await open(Buffer.from(armour("TRUST", large))), "DOCUMENT_TOO_LARGE");
  });

  it("may hold fields of a later version; they change nothing", async () => {
    assert.deepEqual(accepted(await open(concatBytes(trustBytes(world), Uint8Array.of(0x42, 1, 7)))), trust);
  });

  it("of another publisher is another trust: its manifest is DOCUMENT_FOREIGN here", async () => {
    const foreign = await manifest({ publisherId: seededBytes("other", 16), version: 9 });
    assertRefused(await merge({ manifest: foreign }), "DOCUMENT_FOREIGN", "publisher_id");
    assertRefused(
      await merge({ policies: [await policy({ publisherId: seededBytes("other", 16) })] }),
      "DOCUMENT_FOREIGN",
    );
    assertRefused(
      await merge({ revocationList: await list({ publisherId: seededBytes("other", 16) }) }),
      "DOCUMENT_FOREIGN",
    );
  });
});

describe("documents that arrive later", () => {
  it("are taken when they are newer", async () => {
    const received = {
      manifest: await manifest({ version: 5 }),
      policies: [await policy({ version: 3 })],
      revocationList: await list({ number: 10 }),
    };
    assert.deepEqual(versions(accepted(await merge(received))), [2, 5, 3, 10]);
  });

  it("are ignored when they are older or as old, and are no reason to reject what came with them (I8)", async () => {
    for (const back of [0, 1]) {
      const received = {
        rootSets: world.bundle.rootSets,
        manifest: await manifest({ version: 4 - back }),
        policies: [await policy({ version: 2 - back })],
        revocationList: await list({ number: 9 - back, entries: [] }),
      };
      assert.deepEqual(accepted(await merge(received)), trust);
      const next = accepted(await merge({ ...received, revocationList: await list({ number: 10 }) }));
      assert.deepEqual(versions(next), [2, 4, 2, 10]);
    }
  });

  it("leave everything as it was when one of them is bad", async () => {
    const received = { manifest: await manifest({ version: 5 }), policies: [await policy({ version: 3 }, "time")] };
    assertRefused(await merge(received), "ISSUER_NOT_TRUSTED");
    assert.deepEqual(versions(trust), VERSIONS);
  });

  it("of any kind in another's place are DOCUMENT_WRONG_TYPE", async () => {
    for (const { name, document } of await sampleDocuments(world)) {
      if (name !== "rootSet") assertRefused(await merge({ rootSets: [document] }), "DOCUMENT_WRONG_TYPE");
      if (name !== "keyManifest") assertRefused(await merge({ manifest: document }), "DOCUMENT_WRONG_TYPE");
      if (name !== "productPolicy") assertRefused(await merge({ policies: [document] }), "DOCUMENT_WRONG_TYPE");
      if (name !== "revocationList") assertRefused(await merge({ revocationList: document }), "DOCUMENT_WRONG_TYPE");
    }
  });

  it("with unknown fields in their envelope are refused: kept, they would never open again", async () => {
    const bent = { ...(await policy({ version: 3 })), $unknown: [{ no: 9, wireType: 0, data: Uint8Array.of(1) }] };
    assertRefused(await merge({ policies: [bent] }), "DOCUMENT_MALFORMED");
    assertRefused(await open(trustWith(documentBytes(bent))), "DOCUMENT_MALFORMED");
  });

  /** A trust file with these bytes as one more policy. */
  function trustWith(policyBytes: Uint8Array) {
    const head = fromBinary(TrustBundleSchema, trustBytes(world));
    const tail = create(TrustBundleSchema, { serviceUrl: head.serviceUrl });
    if (head.revocationList !== undefined) tail.revocationList = head.revocationList;
    delete head.revocationList;
    head.serviceUrl = "";
    const length = Uint8Array.of(0x22, (policyBytes.length & 127) | 128, policyBytes.length >> 7);
    return concatBytes(toBinary(TrustBundleSchema, head), length, policyBytes, toBinary(TrustBundleSchema, tail));
  }

  it("issued outside the window of their key are ISSUER_NOT_TRUSTED", async () => {
    const [key] = world.manifest.keys;
    assert.ok(key !== undefined);
    for (const issuedMs of [key.notBeforeMs - 1, key.notAfterMs + 1]) {
      assertRefused(
        await merge({ policies: [await policy({ version: 3, issuedMs })] }),
        "ISSUER_NOT_TRUSTED",
        "issued_ms",
      );
      assertRefused(
        await merge({ revocationList: await list({ number: 10, issuedMs }) }),
        "ISSUER_NOT_TRUSTED",
        "issued_ms",
      );
    }
  });

  it("of a policy below the manifest's least version are left, and the one held goes", async () => {
    const next = accepted(await merge({ manifest: await manifest({ version: 5, minPolicyVersion: 3 }) }));
    assert.deepEqual(next.policies, []);
    assert.deepEqual(accepted(await merge({ policies: [await policy({ version: 2 })] }, next)).policies, []);
    assert.equal(accepted(await merge({ policies: [await policy({ version: 3 })] }, next)).policies.length, 1);
  });
});

describe("a root set", () => {
  const roots = ["root b", "root c", "root d", "root e"].map(seededSigner);
  const third = (change: Partial<RootSet> = {}): RootSet => ({
    ...world.rootSets[1],
    version: 3,
    keys: roots.slice(1).map((signer) => trustedKey(1, signer.publicKey, sha256)),
    issuedMs: world.rootSets[1].issuedMs + DAY_MS,
    ...change,
  });
  const [b, c, d, e] = roots;
  assert.ok(b !== undefined && c !== undefined && d !== undefined && e !== undefined);

  it("follows when the threshold of the old and of the new set signed it, with a manifest under the new one", async () => {
    const rootSet = await world.sign.rootSet(third(), [c, d]);
    const next = accepted(await merge({ rootSets: [rootSet], manifest: await manifest({ version: 5 }, [d, e]) }));
    assert.deepEqual(versions(next), [3, 5, 2, 9]);
    assert.deepEqual(accepted(await open(writeTrust(next))), next);
  });

  it("signed by the old set only, by the new one only, or by one of each is ROOT_CHAIN_BROKEN", async () => {
    for (const signers of [[b, c], [d, e], [b, e], [d]]) {
      const rootSet = await world.sign.rootSet(third(), signers);
      const newer = await manifest({ version: 5 }, [d, e]);
      assertRefused(await merge({ rootSets: [rootSet], manifest: newer }), "ROOT_CHAIN_BROKEN");
    }
  });

  it("that leaves a version out is ROOT_CHAIN_BROKEN", async () => {
    const rootSet = await world.sign.rootSet(third({ version: 4 }), [c, d]);
    assertRefused(await merge({ rootSets: [rootSet] }), "ROOT_CHAIN_BROKEN");
  });

  it("under which the manifest held no longer verifies is ROOT_CHAIN_BROKEN without a newer one", async () => {
    const keys = [d, e].map((signer) => trustedKey(1, signer.publicKey, sha256));
    const rootSet = await world.sign.rootSet(third({ keys }), [c, d, e]);
    assertRefused(await merge({ rootSets: [rootSet] }), "ROOT_CHAIN_BROKEN", "manifest");
  });

  const invalid: readonly (readonly [string, ProtocolReason, Partial<RootSet>])[] = [
    ["threshold", "DOCUMENT_INVALID", { threshold: 0 }],
    ["threshold", "DOCUMENT_INVALID", { threshold: 4 }],
    ["keys", "DOCUMENT_INVALID", { keys: [c, c, d].map((signer) => trustedKey(1, signer.publicKey, sha256)) }],
    ["keys", "KEY_WEAK", { keys: [trustedKey(1, Uint8Array.of(1, ...new Uint8Array(31)), sha256)], threshold: 1 }],
    ["salt", "DOCUMENT_INVALID", { salt: new Uint8Array(16) }],
  ];
  for (const [field, reason, change] of invalid) {
    it(`with a wrong ${field} is ${reason} and names it, before its signatures are looked at`, async () => {
      assert.ok(encodeRootSet(third(change)).length > 0);
      assertRefused(await merge({ rootSets: [await world.sign.rootSet(third(change), [c, d])] }), reason, field);
    });
  }
});

describe("trust, whatever arrives in whatever order", () => {
  it("never goes back in any version, and always opens again as it was written (I8)", async () => {
    const arrival = fc.record({
      manifest: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      policy: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      list: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      least: fc.integer({ min: 1, max: 3 }),
      dropped: fc.constantFrom("policy", "revocation", "none"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 6 }), async (arrivals) => {
        let state = trust;
        for (const { manifest: version, policy: policyVersion, list: number, least, dropped } of arrivals) {
          const id = seededSigner(dropped).publicKey;
          const keys = world.manifest.keys.filter((key) => !Buffer.from(key.publicKey).equals(id));
          const outcome = await merge(
            {
              manifest: version && (await manifest({ version, minPolicyVersion: least, keys })),
              policies: policyVersion ? [await policy({ version: policyVersion })] : [],
              revocationList: number && (await list({ number })),
            } as ReceivedDocuments,
            state,
          );
          const next = outcome.ok ? outcome.value : state;
          const [before, after] = [versions(state), versions(next)];
          for (const [i, now] of after.entries()) {
            // A policy may go as a whole, when its key or the manifest's least version says so; it never gets older.
            if (i === 2 && next.policies.length === 0) continue;
            assert.ok(now >= (before[i] ?? 0), `${before} became ${after}`);
          }
          assert.deepEqual(accepted(await open(writeTrust(next))), next);
          state = next;
        }
      }),
      { numRuns: 60 },
    );
  });
});
