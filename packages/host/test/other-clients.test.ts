import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ActivateRequest, openTrust, verifyHostInfo, verifyStatement } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { type RunningHost, startHost } from "../src/main.ts";
import { type PreparedSite, prepareSite, requestBytes, requestOf } from "./site.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-clients-"));
let site: PreparedSite;
let host: RunningHost;
before(async () => {
  site = await prepareSite(directory, [{ name: "Server", productClass: "server", requiredCount: 1 }]);
  host = await startHost({
    dataDirectory: site.hostDirectory,
    port: 0,
    adminPort: 0,
    listenAddress: "127.0.0.1",
    logLevel: "silent",
  });
});
after(async () => {
  await host.stop();
  await rm(directory, { recursive: true });
});

/** Without the module: a failure in CI, where the project's own files install it; a skip with its reason elsewhere. */
const noGrpc =
  spawnSync("/usr/bin/python3", ["-c", "import grpc"]).status !== 0 && process.env["CI"] === undefined
    ? "python3-grpcio is not installed: apt-get install python3-grpcio"
    : false;

async function trustAndTime() {
  const trust = await openTrust(site.trustFile, nodeCryptography);
  assert.ok(trust.ok);
  return { trust: trust.value, wallMs: Date.now(), floorMs: 0 };
}

async function assertLease(reply: Uint8Array, asked: ActivateRequest) {
  const verified = await verifyStatement(
    reply,
    { asked, ...(await trustAndTime()), knownCertificate: undefined },
    nodeCryptography,
  );
  assert.ok(verified.ok, verified.ok ? "" : verified.refusal.detail);
  assert.equal(verified.value.statement.kind, "lease");
}

async function run(command: string, args: readonly string[], stdin: string): Promise<string> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.end(stdin);
  const [code] = await once(child, "close");
  assert.equal(code, 0, output);
  return output.trim();
}

test("a Python gRPC client activates against the host, and the lease verifies", { skip: noGrpc }, async () => {
  const [product] = site.products;
  assert.ok(product !== undefined);
  const asked = requestOf(product);
  const script = fileURLToPath(import.meta.resolve("./grpc_client.py"));
  const args = [script, `127.0.0.1:${host.port}`, "/countersign.v1.ActivationService/Activate"];
  const reply = await run("/usr/bin/python3", args, Buffer.from(requestBytes(product, asked)).toString("hex"));
  await assertLease(new Uint8Array(Buffer.from(reply, "hex")), asked);
});

test("curl with JSON gets the host's signed word about itself", async () => {
  const url = `http://127.0.0.1:${host.port}/countersign.v1.ActivationService/GetHostInfo`;
  const nonce = nodeCryptography.random(32);
  const body = JSON.stringify({ nonce: Buffer.from(nonce).toString("base64") });
  const json = JSON.parse(
    await run("curl", ["-sS", "--fail", "-H", "content-type: application/json", "-d", body, url], ""),
  );
  assert.equal(json.softwareVersion, "0.1.0");
  const raw = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  assert.equal(raw.status, 200, "an empty question is answered too: the host draws the nonce");
});

test("the binary form of GetHostInfo verifies under the publisher's root", async () => {
  const nonce = nodeCryptography.random(32);
  const reply = await fetch(`http://127.0.0.1:${host.port}/countersign.v1.ActivationService/GetHostInfo`, {
    method: "POST",
    headers: { "content-type": "application/proto" },
    body: new Uint8Array([0x0a, 32, ...nonce]),
  });
  const verified = await verifyHostInfo(
    new Uint8Array(await reply.arrayBuffer()),
    { nonce, ...(await trustAndTime()) },
    nodeCryptography,
  );
  assert.ok(verified.ok, verified.ok ? "" : verified.refusal.detail);
  assert.equal(verified.value.info.port, host.port);
});

test("JSON, binary by hand and binary by the generic adapter give the same kind of answer", async () => {
  const [product] = site.products;
  assert.ok(product !== undefined);
  const url = `http://127.0.0.1:${host.port}/countersign.v1.ActivationService/Activate`;
  for (const headers of [
    { "content-type": "application/proto" },
    { "content-type": "application/proto", "connect-protocol-version": "1", "accept-encoding": "identity" },
  ]) {
    const asked = requestOf(product);
    const reply = await fetch(url, {
      method: "POST",
      headers,
      body: requestBytes(product, asked) as Uint8Array<ArrayBuffer>,
    });
    await assertLease(new Uint8Array(await reply.arrayBuffer()), asked);
  }
  const refused = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  const error = (await refused.json()) as { readonly code: string };
  assert.equal(error.code, "invalid_argument");
});
