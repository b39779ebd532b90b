import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConnectError } from "@connectrpc/connect";
import { toHex } from "@countersign/domain";
import type { SignerCommand } from "@countersign/keyring/external";
import { openTrust, verifyStatement } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { issueHostKey } from "@countersign/publisher";
import { openPublisher, startPublisher } from "@countersign/publisher/main";
import { startHost } from "../src/main.ts";
import { adminOf, prepareSite, requestBytes, requestOf } from "./site.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-signer-"));
after(() => rm(directory, { recursive: true, force: true }));
const site = await prepareSite(directory, [{ name: "Server", productClass: "server", requiredCount: 1 }]);
const trust = await openTrust(site.trustFile, nodeCryptography);
const [product] = site.products;
assert.ok(trust.ok && product);
const { publisherId, serviceUrl } = trust.value;
const keysOfSigner = join(directory, "keys-of-the-signer");
const hostDirectory = join(directory, "host-with-signer");
const seatKey = `seat-${toHex(publisherId)}`;

test("a host whose key is in a signer process activates machines, and loses nothing while the signer is locked", async () => {
  const publisher = await startedPublisher();
  const { productKey } = publisher;
  await writeFile(keysOfSigner, "");
  let host = await hostWith("honest");
  const admin = adminOf(host.adminSocket);
  await admin.addTrust({ trustFile: site.trustFile });
  await assert.rejects(admin.installKey({ productKey }), (error) => {
    assert.ok(error instanceof ConnectError);
    return error.rawMessage.includes(seatKey);
  });
  await writeFile(keysOfSigner, `${seatKey} ${randomBytes(32).toString("hex")}\n`);
  await admin.installKey({ productKey });
  await admin.activateOnline({});
  await publisher.stop();
  assert.equal(await kindOf(host.port, requestOf(product)), "lease");
  assert.deepEqual(
    (await readdir(join(hostDirectory, "keys"))).filter((name) => name.endsWith(".key")),
    [],
  );
  await host.stop();

  host = await hostWith("locked-later");
  const asked = requestOf(product);
  assert.equal(await kindOf(host.port, asked), "SIGNER_UNAVAILABLE");
  await host.stop();

  host = await hostWith("honest");
  const committed = { machines: 2, requests: 2n };
  assert.deepEqual(await countedBy(host.adminSocket), committed, "it was counted when it was first asked");
  assert.equal(await kindOf(host.port, asked), "lease");
  assert.deepEqual(await countedBy(host.adminSocket), committed, "and is answered now, not counted again");
  await host.stop();
});

/** The site's publisher at the address its trust names, with one more host key. */
async function startedPublisher() {
  assert.ok(product);
  const dataDirectory = join(dirname(site.hostDirectory), "publisher");
  const parts = await openPublisher(dataDirectory);
  const { productKey } = await issueHostKey({ keyGroup: product.keyGroup }, parts);
  await parts.close();
  const port = Number(new URL(serviceUrl).port);
  const { stop } = await startPublisher({ dataDirectory, listenAddress: "127.0.0.1", port, logLevel: "silent" });
  return { productKey, stop };
}

function hostWith(behaviour: string) {
  const script = fileURLToPath(new URL("../../keyring/test/test-signer.ts", import.meta.url));
  const signer: SignerCommand = {
    command: process.execPath,
    arguments: ["--disable-warning=ExperimentalWarning", script, keysOfSigner, behaviour, join(directory, "log")],
    environment: {},
    timeoutMs: 60_000,
  };
  const place = { dataDirectory: hostDirectory, port: 0, adminPort: 0, listenAddress: "127.0.0.1" };
  return startHost({ ...place, logLevel: "silent", signer });
}

/** The kind of the verified statement, or the reason of the refusal. */
async function kindOf(port: number, asked: ReturnType<typeof requestOf>): Promise<string> {
  assert.ok(trust.ok && product);
  const response = await fetch(`http://127.0.0.1:${port}/countersign.v1.ActivationService/Activate`, {
    method: "POST",
    headers: { "content-type": "application/proto", "connect-protocol-version": "1" },
    body: new Uint8Array(requestBytes(product, asked)),
  });
  if (!response.ok) return (await response.text()).match(/SIGNER_UNAVAILABLE/)?.[0] ?? `HTTP ${response.status}`;
  const now = { trust: trust.value, wallMs: Date.now(), floorMs: 0 };
  const reply = new Uint8Array(await response.arrayBuffer());
  const verified = await verifyStatement(reply, { asked, ...now, knownCertificate: undefined }, nodeCryptography);
  assert.ok(verified.ok, verified.ok ? "" : verified.refusal.detail);
  return verified.value.statement.kind;
}

async function countedBy(adminSocket: string) {
  const { seats } = await adminOf(adminSocket).getStatus({});
  return { machines: seats[0]?.counts[0]?.machinesSeen, requests: seats[0]?.requests?.total };
}
