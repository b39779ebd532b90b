import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { RefusalReason } from "@countersign/domain";
import { openTrust } from "@countersign/protocol";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { PublisherAdminService, PublisherService } from "@countersign/protocol/gen/publisher";
import { ADMIN_SOCKET, openPublisher, startPublisher } from "../src/main.ts";
import { cryptography, directory, isRefusal, requestOf, world } from "./site.ts";

let directories = 0;

/** A publisher on disk with its service, the request of one host, and that of one with another key. */
async function service() {
  const dataDirectory = join(directory, `service-${directories++}`);
  const parts = await openPublisher(dataDirectory);
  const w = await world(parts);
  const asked = await requestOf(w);
  const other = await requestOf(w, { productKey: "50000-00000-00000-00000-00000" });
  await parts.close();
  const start = () => startPublisher({ dataDirectory, listenAddress: "127.0.0.1", port: 0, logLevel: "silent" });
  return { dataDirectory, asked, other, start };
}

const urlOf = (running: { readonly port: number }) => `http://127.0.0.1:${running.port}`;
const clientOf = (running: { readonly port: number }) =>
  createClient(PublisherService, createConnectTransport({ baseUrl: urlOf(running), httpVersion: "1.1" }));
const adminOf = (dataDirectory: string) =>
  createClient(
    PublisherAdminService,
    createConnectTransport({
      baseUrl: "http://publisher",
      httpVersion: "1.1",
      nodeOptions: { socketPath: join(dataDirectory, ADMIN_SOCKET) },
    }),
  );
const isWireRefusal = (reason: RefusalReason, code: Code) => (error: unknown) => {
  const refusal = ConnectError.from(error);
  const [detail] = refusal.findDetails(ErrorDetailSchema);
  assert.deepEqual([detail?.reason, refusal.code], [reason, code]);
  assert.match(detail?.remedyUrl ?? "", /^reference\/refusals\/.+\.md$/);
  return true;
};

test("a host is certified over tcp at the real cost of a key proof, and the same after a restart", async () => {
  const { asked, start } = await service();
  const first = await start();
  const reply = await clientOf(first).activateHost({ request: asked.document });
  await first.stop();
  assert.ok(reply.hostCert !== undefined && reply.manifest !== undefined && reply.timeToken !== undefined);
  assert.deepEqual([reply.rootSets.length, reply.policies.length], [1, 1]);
  const second = await start();
  try {
    const again = await clientOf(second).activateHost({ request: asked.document });
    assert.deepEqual(Buffer.from(again.hostCert?.payload ?? []), Buffer.from(reply.hostCert.payload));
  } finally {
    await second.stop();
  }
});

test("every refusal crosses the wire by name, with its page; what is too large is not read", async () => {
  const { asked, other, start } = await service();
  const running = await start();
  try {
    const client = clientOf(running);
    const { document } = asked;
    await assert.rejects(client.activateHost({}), isWireRefusal("DOCUMENT_MALFORMED", Code.InvalidArgument));
    const payload = document.payload.with(document.payload.length - 1, (document.payload.at(-1) ?? 0) ^ 1);
    const bent = { request: { ...document, payload } };
    await assert.rejects(client.activateHost(bent), isWireRefusal("SIGNATURE_INVALID", Code.InvalidArgument));
    await assert.rejects(
      client.activateHost({ request: other.document }),
      isWireRefusal("KEY_PROOF_INVALID", Code.PermissionDenied),
    );
    const large = { request: { ...document, payload: new Uint8Array(70_000) } };
    await assert.rejects(client.activateHost(large), isWireRefusal("DOCUMENT_TOO_LARGE", Code.InvalidArgument));
    const url = `${urlOf(running)}/countersign.v1.PublisherService/ActivateHost`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify({ request: "x".repeat(200_000) }),
    });
    const { details } = (await answer.json()) as {
      readonly details: readonly { readonly debug: { readonly reason: string } }[];
    };
    assert.deepEqual([answer.status, details[0]?.debug.reason], [400, "DOCUMENT_TOO_LARGE"]);
  } finally {
    await running.stop();
  }
});

test("an administrator defines, issues and exports over the socket, which only its owner may open", async () => {
  const { dataDirectory, start } = await service();
  const running = await start();
  try {
    assert.equal((await stat(join(dataDirectory, ADMIN_SOCKET))).mode & 0o777, 0o600);
    const admin = adminOf(dataDirectory);
    const { application } = await admin.createApplication({ name: "Painter" });
    const applicationId = application?.applicationId ?? new Uint8Array();
    const asked = { applicationId, name: "Painter Server", productClass: 2, channels: [1, 2], rearms: 5 };
    const { product } = await admin.createProduct(asked);
    const { requiredCount, channels, rearms, keyGroup = 0, productId = 0 } = product?.product ?? {};
    assert.deepEqual([requiredCount, channels, rearms], [5, [1, 2], 5]);
    const customerId = cryptography.random(16);
    const { productKey, key } = await admin.issueKey({ kind: 1, keyGroup, maxHosts: 2, customerId });
    assert.deepEqual([key?.maxHosts, Buffer.from(key?.customerId ?? [])], [2, Buffer.from(customerId)]);
    assert.equal(key?.lastFive, productKey.slice(-5));
    await admin.issueKey({ kind: 0, productId });
    const { keys } = await admin.listKeys({});
    assert.deepEqual(keys.map(({ kind }) => kind).sort(), [0, 1, 1]);
    assert.ok(
      keys.every(
        (row) => !JSON.stringify(row, (_, value) => (typeof value === "bigint" ? 0 : value)).includes(productKey),
      ),
    );
    const { trustFile } = await admin.exportTrust({});
    const trust = await openTrust(trustFile, cryptography);
    assert.ok(trust.ok);
    assert.equal(trust.value.policies.length, 2);
    assert.deepEqual(trust.value.setupKeys.length, 1);
    const status = await admin.getStatus({});
    assert.deepEqual([status.applications, status.products, status.hostKeys, status.setupKeys], [2, 2, 2, 1]);
    await assert.rejects(admin.issueKey({ kind: 1, keyGroup: 99 }), isWireRefusal("NOT_FOUND", Code.NotFound));
    await assert.rejects(admin.issueKey({ kind: 2 }), isWireRefusal("KEY_WRONG_KIND", Code.InvalidArgument));
  } finally {
    await running.stop();
  }
});

test("a second process on the data directory is STORE_LOCKED; a taken port is PORT_IN_USE and leaves nothing open", async () => {
  const [one, two] = [await service(), await service()];
  const running = await one.start();
  try {
    await assert.rejects(one.start(), isRefusal("STORE_LOCKED"));
    const { dataDirectory } = two;
    const taken = { dataDirectory, listenAddress: "127.0.0.1", port: running.port, logLevel: "silent" };
    await assert.rejects(startPublisher(taken), isRefusal("PORT_IN_USE"));
    await (await two.start()).stop();
  } finally {
    await running.stop();
  }
});

test("the trust of a publisher can be had over tcp", async () => {
  const { start } = await service();
  const running = await start();
  try {
    const { trust } = await clientOf(running).getTrust({});
    assert.equal(trust?.serviceUrl, "http://127.0.0.1:1690");
    assert.equal(trust?.policies.length, 1);
  } finally {
    await running.stop();
  }
});
