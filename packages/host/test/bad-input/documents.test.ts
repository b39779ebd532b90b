import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { armour, openTrust, unarmour } from "@countersign/protocol";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { type TrustBundle, TrustBundleSchema } from "@countersign/protocol/gen/documents";
import { nodeCryptography } from "@countersign/protocol/node";
import { applicationsOf, createPublisher, defineProduct, exportTrust, issueSetupKey } from "@countersign/publisher";
import { openPublisher } from "@countersign/publisher/main";
import { adminOf } from "../site.ts";
import { openDoor } from "./door.ts";

const door = await openDoor();
const elsewhere = await mkdtemp(join(tmpdir(), "countersign-documents-"));
after(() => rm(elsewhere, { recursive: true, force: true }));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const utf8 = (words: string) => new TextEncoder().encode(words);

/** Adds a trust file as an administrator does; the reason of a refusal, or "" when it was taken. */
async function addTrust(trustFile: Uint8Array): Promise<string> {
  return refusalOf(adminOf(door.host.adminSocket).addTrust({ trustFile }));
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "";
  } catch (fault) {
    const [detail] = ConnectError.from(fault).findDetails(ErrorDetailSchema);
    assert.ok(detail, `a refusal by name, found ${fault}`);
    return detail.reason;
  }
}

function bundleOf(file: Uint8Array): TrustBundle {
  const block = unarmour(text(file));
  assert.ok(block.ok);
  return fromBinary(TrustBundleSchema, block.value.bytes);
}

/** The trust file with one thing in it changed, its armour made anew. */
function bent(file: Uint8Array, bend: (bundle: TrustBundle) => void): Uint8Array {
  const bundle = bundleOf(file);
  bend(bundle);
  return utf8(armour("TRUST", toBinary(TrustBundleSchema, bundle)));
}

async function foreignTrust(): Promise<Uint8Array> {
  const parts = await openPublisher(join(elsewhere, "publisher"));
  try {
    await createPublisher({ name: "Foreign", serviceUrl: "http://127.0.0.1:1" }, parts);
    return utf8(await exportTrust(parts));
  } finally {
    await parts.close();
  }
}

/** The publisher of the site defines one more product, which makes its policy newer. */
async function newerTrust() {
  const parts = await openPublisher(join(dirname(door.site.hostDirectory), "publisher"));
  try {
    const trust = await openTrust(original, nodeCryptography);
    assert.ok(trust.ok);
    const [application] = applicationsOf(trust.value);
    assert.ok(application);
    const { applicationId } = application;
    const { keyGroup } = door.product;
    const made = await defineProduct(
      { name: "Reader", productClass: "client", requiredCount: 25, generation: 1, applicationId, keyGroup },
      parts,
    );
    const { productKey: setupKey } = await issueSetupKey(made.productId, parts);
    const product = { ...made, setupKey, setupKeyId: made.setupKeyIds[0] ?? new Uint8Array() };
    return { file: utf8(await exportTrust(parts)), product };
  } finally {
    await parts.close();
  }
}

const original = door.site.trustFile;
const foreign = await foreignTrust();

describe("a trust file that is not to be trusted changes nothing and is refused by name", () => {
  const manifestOf = (bundle: TrustBundle) => {
    assert.ok(bundle.manifest);
    return bundle.manifest;
  };
  const rootOf = ({ rootSets: [root] }: TrustBundle) => {
    assert.ok(root);
    return root;
  };
  const policyOf = ({ policies: [policy] }: TrustBundle) => {
    assert.ok(policy);
    return policy;
  };
  const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
  const cases: readonly (readonly [name: string, reason: string, file: Uint8Array])[] = [
    ["nothing", "ARMOUR_INVALID", new Uint8Array()],
    ["a text that is none", "ARMOUR_INVALID", utf8("hello\n")],
    ["a picture", "ARMOUR_INVALID", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)],
    ["half of one", "ARMOUR_INVALID", original.subarray(0, original.length / 2)],
    ["two of them", "ARMOUR_INVALID", utf8(text(original) + text(original))],
    ["one with something behind it", "ARMOUR_INVALID", utf8(`${text(original)}x`)],
    ["bytes that are no message", "DOCUMENT_MALFORMED", Uint8Array.of(8, 1, 0xff, 0xff)],
    ["of a format of the future", "DOCUMENT_UNSUPPORTED", bent(original, (bundle) => (bundle.format = 2))],
    ["without its manifest", "DOCUMENT_MALFORMED", bent(original, (bundle) => delete bundle.manifest)],
    ["without a root", "ROOT_CHAIN_BROKEN", bent(original, (bundle) => (bundle.rootSets = []))],
    ["an unsigned root", "SIGNATURE_MISSING", bent(original, (bundle) => (rootOf(bundle).signatures = []))],
    ["an unsigned manifest", "SIGNATURE_MISSING", bent(original, (bundle) => (manifestOf(bundle).signatures = []))],
    ["an unsigned policy", "ISSUER_NOT_TRUSTED", bent(original, (bundle) => (policyOf(bundle).signatures = []))],
    [
      "a policy with one bit changed",
      "SIGNATURE_INVALID",
      bent(original, (bundle) => (policyOf(bundle).payload = flip(policyOf(bundle).payload))),
    ],
    [
      "a manifest signed by somebody else",
      "SIGNATURE_MISSING",
      bent(original, (bundle) => (bundle.manifest = manifestOf(bundleOf(foreign)))),
    ],
    [
      "another publisher's root above these documents",
      "SIGNATURE_MISSING",
      bent(original, (bundle) => (bundle.rootSets = bundleOf(foreign).rootSets)),
    ],
    [
      "a policy of another publisher's application",
      "ISSUER_NOT_TRUSTED",
      bent(foreign, (bundle) => (bundle.policies = bundleOf(original).policies)),
    ],
    [
      "a document of one type in the place of another",
      "DOCUMENT_WRONG_TYPE",
      bent(original, (bundle) => (bundle.policies = [manifestOf(bundle)])),
    ],
    ["one that is too large", "REQUEST_TOO_LARGE", new Uint8Array(2 * 1024 * 1024).fill(0x20)],
  ];
  for (const [name, reason, file] of cases) {
    it(`${name}: ${reason}`, async () => {
      assert.equal(await door.unchanged(() => addTrust(file)), reason);
      await door.stillServes();
    });
  }

  it("with any bit changed anywhere, is refused by name or says what it said before", async (t) => {
    const before = await adminOf(door.host.adminSocket).getStatus({});
    const told = new Map<string, number>();
    for (let round = 0; round < 150; round++) {
      const [at, bit] = [randomInt(original.length), randomInt(8)];
      const file = original.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
      const reason = await addTrust(file);
      assert.notEqual(reason, "INTERNAL_FAULT", `bit ${bit} of byte ${at}`);
      told.set(reason, (told.get(reason) ?? 0) + 1);
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(told)));
    const after = await adminOf(door.host.adminSocket).getStatus({});
    assert.deepEqual(after.seats[0]?.serviceUrl, before.seats[0]?.serviceUrl);
    assert.equal(after.seats.length, 1);
    await door.stillServes();
  });
});

describe("a downgraded trust file", () => {
  it("takes nothing back: what the newer one allows is served as before", async () => {
    const newer = await newerTrust();
    assert.equal((await door.askFor({}, newer.product)).reason, "PRODUCT_UNKNOWN");
    assert.equal(await addTrust(newer.file), "");
    assert.equal((await door.askFor({}, newer.product)).reason, "");
    assert.equal(await addTrust(original), "");
    assert.equal((await door.askFor({}, newer.product)).reason, "");
    await door.restart();
    assert.equal((await door.askFor({}, newer.product)).reason, "");
    await door.stillServes();
  });
});

describe("a product key that is not this host's", () => {
  const [product] = door.site.products;
  assert.ok(product);
  const swapped = door.site.hostKey.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  for (const [name, reason, productKey] of [
    ["no key at all", "KEY_INVALID", "hello"],
    ["one with a symbol changed", "KEY_INVALID", swapped],
    ["a setup key", "KEY_WRONG_KIND", product.setupKey],
  ] as const) {
    it(`${name} is ${reason}, and the host goes on with the key it has`, async () => {
      const call = () => refusalOf(adminOf(door.host.adminSocket).installKey({ productKey }));
      assert.equal(await door.unchanged(call), reason);
      await door.stillServes();
    });
  }
});

describe("another publisher's trust file", () => {
  it("makes a seat of its own and takes nothing from the one that serves", async () => {
    assert.equal(await addTrust(foreign), "");
    const { seats } = await adminOf(door.host.adminSocket).getStatus({});
    assert.deepEqual(
      seats.map(({ hostStatus, reason }) => [hostStatus, reason]),
      [
        ["licensed", ""],
        ["unlicensed", "HOST_NOT_ENABLED"],
      ],
    );
    const [own, other] = seats;
    assert.ok(own && other);
    assert.equal((await door.askFor({ publisherId: own.publisherId })).reason, "");
    assert.equal((await door.askFor({ publisherId: other.publisherId })).reason, "HOST_NOT_ENABLED");
    // Which of the two is meant is not guessed.
    assert.equal((await door.unchanged(() => door.askFor())).reason, "UNKNOWN_PUBLISHER");
  });
});
