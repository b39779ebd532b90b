import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import { makeActivationRequest, openTrust, type RequestContext, verifyHostCertificate } from "@countersign/protocol";
import { PublisherService } from "@countersign/protocol/gen/publisher";
import { nodeCryptography as cryptography, nodeScrypt, signerOf } from "@countersign/protocol/node";
import { openMemoryPublisherStore } from "@countersign/storage/memory";
import { openSqlitePublisherStore } from "@countersign/storage/sqlite";
import { createPublisher as createIn } from "../src/create-publisher.ts";
import {
  activateHost,
  brokenLogRow,
  createFailedProofs,
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  issueSetupKey,
  type NewHostKey,
  type PublisherParts,
} from "../src/index.ts";
import { openPublisher, startPublisher } from "../src/main.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-publisher-"));
after(() => rm(directory, { recursive: true, force: true }));
// scrypt at its real cost would make this suite minutes long; its own test is the service test below.
const quickScrypt: PublisherParts["scrypt"] = async (secret, salt) => cryptography.hmacSha256(salt, secret);
const drawKey = () => signerOf(generateKeyPairSync("ed25519").privateKey);
let files = 0;

const ADAPTERS = [
  { name: "memory", open: openMemoryPublisherStore },
  { name: "sqlite", open: () => openSqlitePublisherStore(join(directory, `publisher-${files++}.sqlite`)) },
];

async function world(open: () => PublisherParts["store"], wanted: Partial<NewHostKey> = {}) {
  const parts: PublisherParts = {
    store: open(),
    keyring: openMemoryKeyring(drawKey),
    cryptography,
    scrypt: quickScrypt,
    now: Date.now,
  };
  await createPublisher({ name: "Example", serviceUrl: "http://127.0.0.1:1690" }, parts);
  const application = await defineApplication("Editor", parts);
  const product = await defineProduct(
    { applicationId: application.applicationId, name: "Editor Pro", productClass: "client" },
    parts,
  );
  const { productKey, row } = await issueHostKey({ keyGroup: product.keyGroup, ...wanted }, parts);
  return { parts, product, productKey, kid: row.kid };
}

type World = Awaited<ReturnType<typeof world>>;
const desk = () => ({ source: "192.0.2.1", failedProofs: createFailedProofs() });

async function requestOf(
  { parts, kid, productKey }: World,
  change: Partial<RequestContext> = {},
  signer = drawKey(),
  key: string | undefined = productKey,
) {
  const trust = await openTrust(new TextEncoder().encode(await exportTrust(parts)), cryptography);
  assert.ok(trust.ok);
  const context: RequestContext = {
    publisherId: trust.value.publisherId,
    requestNonce: cryptography.random(32),
    hostId: cryptography.random(16),
    instanceId: cryptography.random(16),
    kid,
    components: [],
    softwareVersion: "0.1.0",
    previousCertificateSerial: undefined,
    renewalSeq: 0,
    tlsSpkiSha256: undefined,
    siteLabel: "",
    createdMs: Date.now(),
    ...change,
  };
  return makeActivationRequest(context, key, signer, { ...cryptography, scrypt: parts.scrypt });
}

async function certificateOf(
  outcome: Awaited<ReturnType<typeof activateHost>>,
  asked: Awaited<ReturnType<typeof requestOf>>,
) {
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal.message);
  const question = { trust: outcome.value.trust, keyGroup: undefined, wallMs: Date.now(), floorMs: 0, serverTimeMs: 0 };
  const verified = await verifyHostCertificate(
    { document: outcome.value.certificate, publicKey: asked.publicKey, contextHash: asked.contextHash },
    question,
    cryptography,
  );
  assert.ok(verified.ok);
  return verified.value.certificate;
}

async function reasonOf(outcome: Promise<Awaited<ReturnType<typeof activateHost>>>) {
  const result = await outcome;
  return result.ok ? "issued" : result.refusal.reason;
}

for (const { name, open } of ADAPTERS) {
  test(`${name}: a host that proves its key is certified for its key group`, async () => {
    const w = await world(open);
    const asked = await requestOf(w);
    const certificate = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked);
    assert.deepEqual(certificate.keyGroups, [w.product.keyGroup]);
    assert.equal(certificate.activationIndex, 1);
  });

  test(`${name}: the same request twice gives the same certificate and uses no activation`, async () => {
    const w = await world(open);
    const asked = await requestOf(w);
    const [first, second] = [
      await activateHost(asked.document, desk(), w.parts),
      await activateHost(asked.document, desk(), w.parts),
    ];
    assert.ok(first.ok && second.ok);
    assert.deepEqual(second.value.certificate.payload, first.value.certificate.payload);
    assert.equal((await w.parts.store.log()).filter((row) => row.kind === "host-cert").length, 1);
  });

  test(`${name}: the seventh host of a key is refused, however many ask at once (I44)`, async () => {
    const w = await world(open);
    const asked = await Promise.all(Array.from({ length: 8 }, () => requestOf(w)));
    const reasons = await Promise.all(asked.map(({ document }) => reasonOf(activateHost(document, desk(), w.parts))));
    assert.equal(reasons.filter((reason) => reason === "issued").length, 6);
    assert.equal(reasons.filter((reason) => reason === "HOST_LIMIT_REACHED").length, 2);
  });

  test(`${name}: one host has ten activations, and renewals are free`, async () => {
    const w = await world(open);
    const hostId = cryptography.random(16);
    for (let i = 0; i < 10; i++)
      assert.equal(await reasonOf(activateHost((await requestOf(w, { hostId })).document, desk(), w.parts)), "issued");
    assert.equal(
      await reasonOf(activateHost((await requestOf(w, { hostId })).document, desk(), w.parts)),
      "HOST_LIMIT_REACHED",
    );
  });

  test(`${name}: a renewal is signed by the certified key; an older copy of the host is a fork`, async () => {
    const w = await world(open);
    const [signer, hostId] = [drawKey(), cryptography.random(16)];
    const first = await requestOf(w, { hostId }, signer);
    const { serial } = await certificateOf(await activateHost(first.document, desk(), w.parts), first);
    const renewal = { hostId, previousCertificateSerial: serial, renewalSeq: 1 };
    assert.equal(
      await reasonOf(
        activateHost(
          (await requestOf({ ...w, productKey: "" }, renewal, drawKey(), undefined)).document,
          desk(),
          w.parts,
        ),
      ),
      "KEY_PROOF_INVALID",
    );
    const bare = async (change: Partial<RequestContext>, by = signer) => {
      const made = await requestOf(w, change, by, w.productKey);
      const context = made.context;
      return makeActivationRequest(context, undefined, by, { ...cryptography, scrypt: w.parts.scrypt });
    };
    assert.equal(
      await reasonOf(activateHost((await bare(renewal, drawKey())).document, desk(), w.parts)),
      "RENEWAL_NOT_ALLOWED",
    );
    assert.equal(await reasonOf(activateHost((await bare(renewal)).document, desk(), w.parts)), "issued");
    assert.equal(await reasonOf(activateHost((await bare(renewal)).document, desk(), w.parts)), "HOST_LINEAGE_FORK");
  });

  test(`${name}: a wrong key, an unknown key and a bent request are refused by name`, async () => {
    const w = await world(open);
    const other = await issueHostKey({ keyGroup: w.product.keyGroup }, w.parts);
    assert.equal(
      await reasonOf(activateHost((await requestOf(w, {}, drawKey(), other.productKey)).document, desk(), w.parts)),
      "KEY_PROOF_INVALID",
    );
    assert.equal(
      await reasonOf(activateHost((await requestOf(w, { kid: cryptography.random(5) })).document, desk(), w.parts)),
      "KEY_UNKNOWN",
    );
    const { document } = await requestOf(w);
    const payload = document.payload.slice();
    payload[20] = (payload[20] ?? 0) ^ 1;
    const bent = await reasonOf(activateHost({ ...document, payload }, desk(), w.parts));
    assert.notEqual(bent, "issued");
  });

  test(`${name}: five wrong proofs a minute and source, then wait`, async () => {
    const w = await world(open);
    const same = desk();
    const wrong = async () => activateHost((await requestOf(w, {}, drawKey(), "5".repeat(25))).document, same, w.parts);
    for (let i = 0; i < 5; i++) assert.equal(await reasonOf(wrong()), "KEY_PROOF_INVALID");
    assert.equal(await reasonOf(wrong()), "RATE_LIMITED");
  });

  test(`${name}: a host key of an older generation does not cover a newer product; a newer one covers both`, async () => {
    const w = await world(open);
    const applicationId = await (async () =>
      openTrust(new TextEncoder().encode(await exportTrust(w.parts)), cryptography))();
    assert.ok(applicationId.ok);
    const id = applicationId.value.policies[0]?.value.application.applicationId ?? new Uint8Array();
    const newer = await defineProduct(
      { applicationId: id, name: "Editor Pro 2", productClass: "client", generation: 2 },
      w.parts,
    );
    const asked = await requestOf(w);
    assert.deepEqual((await certificateOf(await activateHost(asked.document, desk(), w.parts), asked)).keyGroups, [
      w.product.keyGroup,
    ]);
    const key = await issueHostKey({ keyGroup: newer.keyGroup }, w.parts);
    const again = await requestOf({ ...w, productKey: key.productKey, kid: key.row.kid });
    assert.deepEqual((await certificateOf(await activateHost(again.document, desk(), w.parts), again)).keyGroups, [
      w.product.keyGroup,
      newer.keyGroup,
    ]);
  });

  test(`${name}: every document stands in the issuance log, and a changed row is found`, async () => {
    const w = await world(open);
    const rows = await w.parts.store.log();
    assert.equal(brokenLogRow(rows, cryptography.sha256), undefined);
    const bent = rows.map((row, i) => (i === 2 ? { ...row, digest: cryptography.random(32) } : row));
    assert.equal(brokenLogRow(bent, cryptography.sha256), 3);
  });
}

test("the service activates a host over tcp with the real cost of a key proof", async () => {
  const dataDirectory = join(directory, "service");
  const parts = await openPublisher(dataDirectory);
  await createIn({ name: "Example", serviceUrl: "http://127.0.0.1" }, parts);
  const application = await defineApplication("Editor", parts);
  const product = await defineProduct(
    { applicationId: application.applicationId, name: "Editor Pro", productClass: "client" },
    parts,
  );
  const { productKey, row } = await issueHostKey({ keyGroup: product.keyGroup }, parts);
  await issueSetupKey(product.productId, parts);
  const asked = await requestOf({ parts: { ...parts, scrypt: nodeScrypt }, product, productKey, kid: row.kid });
  await parts.close();
  const service = await startPublisher({ dataDirectory, listenAddress: "127.0.0.1", port: 0 });
  try {
    const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${service.port}`, httpVersion: "1.1" });
    const reply = await createClient(PublisherService, transport).activateHost({ request: asked.document });
    assert.ok(reply.hostCert !== undefined && reply.manifest !== undefined && reply.timeToken !== undefined);
    assert.equal(reply.policies.length, 1);
    await assert.rejects(startPublisher({ dataDirectory, listenAddress: "127.0.0.1", port: 0 }), /lock|open|use/i);
  } finally {
    await service.stop();
  }
});
