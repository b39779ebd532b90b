import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProductKey, partialKey, publisherMask } from "@countersign/domain";
import { openMemoryPublisherStore } from "@countersign/storage/memory";
import {
  brokenLogRow,
  createPublisher,
  defineApplication,
  defineProduct,
  issueHostKey,
  issueSetupKey,
} from "../src/index.ts";
import { cryptography, emptyParts, isRefusal, trustOf, world } from "./site.ts";

const site = () => world(emptyParts(openMemoryPublisherStore()));

test("a new publisher has one issuing key for each usage, and a mask for its product keys", async () => {
  const { parts } = await site();
  const { manifest, publisherId } = await trustOf(parts);
  assert.deepEqual(
    manifest.value.keys.map(({ usages }) => usages.length),
    [1, 1, 1, 1, 1],
  );
  assert.equal(new Set(manifest.value.keys.flatMap(({ usages }) => usages)).size, 5);
  assert.notEqual(publisherMask(publisherId, cryptography.sha256), 0);
});

test("a client product requires 25 machines, a server product 5; a licence lasts 180 days, renewed weekly", async () => {
  const { parts, applicationId, product } = await site();
  const server = await defineProduct({ applicationId, name: "Editor Server", productClass: "server" }, parts);
  assert.deepEqual([product.requiredCount, server.requiredCount], [25, 5]);
  const day = 86_400;
  const { maxValidityS, renewalS, retryS, initialGraceS, additionalGraceS, rearms } = product;
  assert.deepEqual(
    [maxValidityS, renewalS, retryS, initialGraceS, additionalGraceS, rearms],
    [180 * day, 7 * day, day / 12, 30 * day, 30 * day, 3],
  );
});

test("every change signs the policy of its application anew, one version higher", async () => {
  const { parts, applicationId } = await site();
  const versionNow = async () => (await trustOf(parts)).policies.map(({ value }) => value.version);
  assert.deepEqual(await versionNow(), [2]);
  await defineProduct({ applicationId, name: "Editor Home", productClass: "client" }, parts);
  assert.deepEqual(await versionNow(), [3]);
});

test("what a signed document cannot carry is refused, and the publisher goes on", async () => {
  const { parts, applicationId } = await site();
  const before = (await parts.store.log()).length;
  const wanted = { applicationId, name: "Editor", productClass: "client" } as const;
  await assert.rejects(defineProduct({ ...wanted, name: "x".repeat(300) }, parts), isRefusal("USAGE_INVALID"));
  await assert.rejects(defineProduct({ ...wanted, requiredCount: 20_000 }, parts), isRefusal("USAGE_INVALID"));
  await assert.rejects(defineApplication("", parts), isRefusal("USAGE_INVALID"));
  assert.equal((await parts.store.log()).length, before);
  assert.equal((await trustOf(parts)).policies.length, 1);
  const nameless = emptyParts(openMemoryPublisherStore());
  await assert.rejects(
    createPublisher({ name: "", serviceUrl: "http://127.0.0.1" }, nameless),
    isRefusal("USAGE_INVALID"),
  );
});

test("names are taken once; what is not there is not found", async () => {
  const { parts, applicationId } = await site();
  await assert.rejects(defineApplication("Editor", parts), isRefusal("EXISTS_ALREADY"));
  const again = { applicationId, name: "Editor Pro", productClass: "client" } as const;
  await assert.rejects(defineProduct(again, parts), isRefusal("EXISTS_ALREADY"));
  await assert.rejects(
    defineProduct({ ...again, applicationId: cryptography.random(16) }, parts),
    isRefusal("NOT_FOUND"),
  );
  await assert.rejects(issueHostKey({ keyGroup: 77 }, parts), isRefusal("NOT_FOUND"));
  await assert.rejects(issueSetupKey(77, parts), isRefusal("NOT_FOUND"));
});

test("a key group has one application, one generation and one class", async () => {
  const { parts, applicationId, product } = await site();
  const { keyGroup } = product;
  const wanted = { applicationId, keyGroup, name: "Editor Home", productClass: "client" } as const;
  const other = await defineApplication("Painter", parts);
  await assert.rejects(defineProduct({ ...wanted, productClass: "server" }, parts), isRefusal("USAGE_INVALID"));
  await assert.rejects(defineProduct({ ...wanted, generation: 2 }, parts), isRefusal("USAGE_INVALID"));
  await assert.rejects(
    defineProduct({ ...wanted, applicationId: other.applicationId }, parts),
    isRefusal("USAGE_INVALID"),
  );
  assert.equal((await defineProduct(wanted, parts)).keyGroup, keyGroup);
});

test("a host key is secret: the store knows its last five symbols, not the key", async () => {
  const { parts, productKey, kid } = await site();
  const [row] = await parts.store.keys();
  assert.equal(row?.lastFive, partialKey(productKey));
  assert.deepEqual([row?.maxHosts, row?.activationsPerHost], [6, 10]);
  const symbols = productKey.replaceAll("-", "");
  assert.ok(!JSON.stringify(row).includes(symbols.slice(0, 20)));
  const parsed = parseProductKey(productKey, publisherMask((await trustOf(parts)).publisherId, cryptography.sha256));
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.key.kind, parsed.key.kid], ["host", kid]);
});

test("a site grant for nothing, or for a key group the key does not cover, is refused", async () => {
  const { parts, product } = await site();
  const grant = (keyGroup: number, requiredCount: number) =>
    issueHostKey({ keyGroup: product.keyGroup, siteRequired: [{ keyGroup, requiredCount }] }, parts);
  await assert.rejects(grant(product.keyGroup, 0), isRefusal("USAGE_INVALID"));
  await assert.rejects(grant(99, 2), isRefusal("USAGE_INVALID"));
});

test("a setup key is public: asked for again it is the same, and the trust file lists it once", async () => {
  const { parts, product } = await site();
  const [first, second] = [
    await issueSetupKey(product.productId, parts),
    await issueSetupKey(product.productId, parts),
  ];
  assert.deepEqual(second, first);
  const { setupKeys } = await trustOf(parts);
  assert.deepEqual(
    setupKeys.map(({ productId, setupKey }) => [productId, setupKey]),
    [[product.productId, first.productKey]],
  );
});

test("the issuance log holds every document in a chain: a changed, dropped or moved row is found", async () => {
  const { parts } = await site();
  const rows = await parts.store.log();
  const { sha256, random } = cryptography;
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ["root-set", "key-manifest", "product-policy", "product-policy", "host-key"],
  );
  assert.equal(brokenLogRow(rows, sha256), undefined);
  assert.equal(
    brokenLogRow(
      rows.map((row, i) => (i === 2 ? { ...row, digest: random(32) } : row)),
      sha256,
    ),
    3,
  );
  assert.equal(brokenLogRow(rows.toSpliced(1, 1), sha256), 2);
  assert.equal(brokenLogRow([...rows.slice(0, 3), ...rows.slice(3).toReversed()], sha256), 4);
});
