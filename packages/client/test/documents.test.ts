import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { LICENSE_STATUS } from "@countersign/domain";
import {
  encodeRevocationList,
  mergeTrust,
  openTrust,
  type Revocation,
  signDocument,
  type TrustState,
  writeTrustFile,
} from "@countersign/protocol";
import { ActivateResponseSchema, GetDocumentsResponseSchema } from "@countersign/protocol/gen/activation";
import type { SignedDocument } from "@countersign/protocol/gen/documents";
import { nodeCryptography } from "@countersign/protocol/node";
import { KEY_NAME } from "@countersign/publisher";
import type { Transport } from "../src/index.ts";
import { decodeTrustedState } from "../src/trusted-state-codec.ts";
import { DAY_MS, newMachine, openOn, pass, type TestMachine } from "./machine.ts";
import { openSite, type Site, transportTo } from "./site.ts";

const START_MS = Date.UTC(2026, 10, 24);
const startTime = () => ({ wallMs: START_MS, monotonicMs: 5_000 });

/** A revocation list of the site's publisher. */
async function listOf(site: Site, number: number, entries: readonly Revocation[], name: string = KEY_NAME.revocation) {
  const trust = await trustOf(site);
  const times = { issuedMs: START_MS + number * 1000, nextMs: START_MS + 30 * DAY_MS };
  const payload = encodeRevocationList({ publisherId: trust.publisherId, number, entries, ...times });
  const signer = await site.parts.keyring.signer(name);
  return signDocument("revocationList", payload, [signer], nodeCryptography.sha256);
}

async function trustOf(site: Site): Promise<TrustState> {
  const opened = await openTrust(site.trust, nodeCryptography);
  assert.ok(opened.ok);
  return opened.value;
}

/** The honest host, which hands out `list` and announces `announced` as its list's number. */
function handingOut(site: Site, list: SignedDocument, announced: number, asked: { count: number }): Transport {
  const honest = transportTo(site.host);
  return async (target, method, request) => {
    if (method === "GetDocuments") {
      asked.count += 1;
      const documents = create(GetDocumentsResponseSchema, { revocationList: list });
      return { kind: "answer", bytes: toBinary(GetDocumentsResponseSchema, documents) };
    }
    const reply = await honest(target, method, request);
    if (reply.kind !== "answer") return reply;
    const message = fromBinary(ActivateResponseSchema, reply.bytes);
    if (message.certificate) message.certificate.rlNumber = BigInt(announced);
    return { kind: "answer", bytes: toBinary(ActivateResponseSchema, message) };
  };
}

async function storedNumber(machine: TestMachine): Promise<number | undefined> {
  const state = decodeTrustedState(machine.store.snapshot()?.body ?? new Uint8Array());
  const trust = await openTrust(state?.trust ?? new Uint8Array(), nodeCryptography);
  return trust.ok ? trust.value.revocationList?.value.number : undefined;
}

async function licensed() {
  const time = startTime();
  const site = await openSite(time);
  const machine = newMachine("pc-1", time, transportTo(site.host));
  const client = await openOn(machine, site);
  assert.ok((await client.activate()).ok);
  const state = decodeTrustedState(machine.store.snapshot()?.body ?? new Uint8Array());
  const hostId = state?.products[0]?.lineage[0]?.hostId;
  assert.ok(hostId);
  return { time, site, machine, client, hostId };
}

async function trustWith(site: Site, list: SignedDocument): Promise<Uint8Array> {
  const merged = await mergeTrust(await trustOf(site), { revocationList: list }, nodeCryptography);
  assert.ok(merged.ok);
  return new TextEncoder().encode(writeTrustFile(merged.value));
}

describe("newer documents", () => {
  it("are asked for when the reply names them, verified, kept, and asked for no more", async () => {
    const time = startTime();
    const site = await openSite(time);
    const asked = { count: 0 };
    const machine = newMachine("pc-1", time, handingOut(site, await listOf(site, 3, []), 3, asked));
    const client = await openOn(machine, site);
    assert.ok((await client.activate()).ok);
    assert.equal(asked.count, 1);
    assert.equal(await storedNumber(machine), 3);
    assert.ok((await client.activate()).ok);
    assert.equal(asked.count, 1);
  });

  it("that do not verify are left, and the reply is judged by what was known", async () => {
    const time = startTime();
    const site = await openSite(time);
    const foreign = await listOf(site, 3, [], KEY_NAME.policy);
    const machine = newMachine("pc-1", time, handingOut(site, foreign, 3, { count: 0 }));
    const client = await openOn(machine, site);
    assert.ok((await client.activate()).ok);
    assert.equal(await storedNumber(machine), undefined);
  });

  it("that are older than those known are ignored, and are no reason to reject what came with them (I8)", async () => {
    const time = startTime();
    const site = await openSite(time);
    const trust = await trustWith(site, await listOf(site, 5, []));
    const machine = newMachine("pc-1", time, handingOut(site, await listOf(site, 4, []), 99, { count: 0 }));
    const client = await openOn(machine, site, { trust });
    assert.ok((await client.activate()).ok);
    assert.equal(await storedNumber(machine), 5);
  });

  it("stay when the application comes back with an older trust file", async () => {
    const { site, machine } = await licensed();
    await openOn(machine, site, { trust: await trustWith(site, await listOf(site, 5, [])) });
    await (await openOn(machine, site)).close();
    assert.equal(await storedNumber(machine), 5);
  });

  it("that revoke the host have its statement refused, and are kept all the same", async () => {
    const { site, hostId } = await licensed();
    const revocation = { kind: "host", hostId, reason: "stolen", effectiveMs: START_MS } as const;
    const machine = newMachine(
      "pc-2",
      startTime(),
      handingOut(site, await listOf(site, 2, [revocation]), 2, { count: 0 }),
    );
    const client = await openOn(machine, site);
    const result = await client.activate();
    assert.equal(result.tried[0]?.inner, "CERTIFICATE_REVOKED");
    assert.equal(await storedNumber(machine), 2);
  });
});

describe("a revocation of the host a lease came from", () => {
  it("before the lease ends it: non-genuine grace, then notification with LEASE_REVOKED", async () => {
    const { site, machine, hostId } = await licensed();
    const revocation = { kind: "host", hostId, reason: "stolen", effectiveMs: START_MS - DAY_MS } as const;
    const client = await openOn(machine, site, { trust: await trustWith(site, await listOf(site, 2, [revocation])) });
    assert.equal(client.status().status, LICENSE_STATUS.nonGenuineGrace);
    assert.equal(client.status().reason, "LEASE_REVOKED");
    machine.transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });
    for (let day = 0; day < 8; day++) {
      pass(DAY_MS, machine.time);
      await client.tick();
    }
    assert.equal(client.status().status, LICENSE_STATUS.notification);
    assert.equal(client.status().reason, "LEASE_REVOKED");
  });

  it("after the lease leaves it running to its end", async () => {
    const { site, machine, hostId } = await licensed();
    const revocation = { kind: "host", hostId, reason: "sold", effectiveMs: START_MS + DAY_MS } as const;
    const client = await openOn(machine, site, { trust: await trustWith(site, await listOf(site, 2, [revocation])) });
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });
});
