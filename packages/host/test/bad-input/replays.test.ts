import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { type ActivateRequest, encodeActivateRequest, openTrust, verifyStatement } from "@countersign/protocol";
import { ActivateRequestSchema } from "@countersign/protocol/gen/activation";
import { nodeCryptography } from "@countersign/protocol/node";
import { requestOf } from "../site.ts";
import { machineRow, openDoor, post, requestEvent } from "./door.ts";

const MINUTE_MS = 60_000;
let laterMs = 0;
const wallMs = () => Date.now() + laterMs;
const door = await openDoor({ clock: { wallMs } }, [{ name: "Server", productClass: "server", requiredCount: 1 }]);
const { dataDirectory } = door.options;
const opened = await openTrust(door.site.trustFile, nodeCryptography);
assert.ok(opened.ok);
const trust = opened.value;

function verified(reply: Uint8Array, asked: ActivateRequest) {
  const question = { asked, trust, wallMs: wallMs(), floorMs: 0, knownCertificate: undefined };
  return verifyStatement(reply, question, nodeCryptography);
}

/** Why a machine that awaits the answer to another request does not believe it. */
async function refusedAs(reply: Uint8Array, awaited: ActivateRequest): Promise<string> {
  const outcome = await verified(reply, awaited);
  return outcome.ok ? "" : outcome.refusal.reason;
}

/** The statement of an answer as the asker's machine verifies it. */
async function statementOf(reply: Uint8Array, asked: ActivateRequest) {
  const outcome = await verified(reply, asked);
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal.detail);
  return outcome.value.statement;
}

async function served(asked: ActivateRequest) {
  const reply = await door.ask(encodeActivateRequest(asked));
  assert.equal(reply.reason, "", reply.message);
  return statementOf(reply.body, asked);
}

/** A lease or count report: what proves a place in the lineage. */
async function leased(asked: ActivateRequest) {
  const statement = await served(asked);
  assert.ok(statement.kind === "lease", statement.kind);
  return statement;
}

/** The next contact of the same machine, which holds `held`. */
function nextRequest(asked: ActivateRequest, held: { readonly hostId: Uint8Array; seq: number; leaseId: Uint8Array }) {
  const { hostId, seq, leaseId } = held;
  return { ...asked, nonce: randomBytes(32), lineage: [{ hostId, seq, leaseId }] } as ActivateRequest;
}

describe("the same bytes again", () => {
  it("get the same statement, and nothing moves but how often that was asked", async () => {
    const asked = requestOf(door.product);
    const first = await leased(asked);
    const before = door.rows();
    for (const repeats of [1, 2, 3]) {
      assert.deepEqual(await leased(asked), first);
      const { commits: _, ...rows } = door.rows();
      assert.deepEqual({ ...rows, commits: before.commits }, before);
      assert.equal(requestEvent(dataDirectory, asked.cmid)?.repeats, repeats);
    }
    laterMs += 61 * MINUTE_MS;
    const refreshed = await leased(asked);
    assert.deepEqual([refreshed.leaseId, refreshed.seq], [first.leaseId, first.seq]);
    assert.ok(refreshed.issuedMs > first.issuedMs, "after an hour a new time, the same identity");
    assert.equal(door.rows().total, before.total);
    await door.stillServes();
  });

  it("are one request when they come at once, on many connections and in other forms", async () => {
    const asked = requestOf(door.product);
    const bytes = encodeActivateRequest(asked);
    const json = JSON.stringify(toJson(ActivateRequestSchema, fromBinary(ActivateRequestSchema, bytes)));
    const headers = { "content-type": "application/json" };
    const before = door.rows();
    const binary = Array.from({ length: 10 }, () => door.ask(bytes));
    const replies = await Promise.all([...binary, post(door.host.port, { headers, body: json })]);
    assert.deepEqual(
      replies.map(({ reason }) => reason),
      replies.map(() => ""),
    );
    const ids = await Promise.all(replies.slice(0, 10).map(({ body }) => statementOf(body, asked)));
    assert.equal(new Set(ids.map((statement) => JSON.stringify(statement))).size, 1);
    const { machines, total } = door.rows();
    assert.deepEqual([machines, total], [before.machines + 1, before.total + 1]);
    assert.equal(requestEvent(dataDirectory, asked.cmid)?.repeats, 10);
  });

  it("are known after a restart", async () => {
    const asked = requestOf(door.product);
    const first = await leased(asked);
    await door.restart();
    const before = door.rows();
    const again = await leased(asked);
    assert.deepEqual([again.leaseId, again.seq], [first.leaseId, first.seq]);
    assert.deepEqual([door.rows().machines, door.rows().total], [before.machines, before.total]);
    await door.stillServes();
  });
});

describe("a nonce that was used, under other bytes", () => {
  const changes: readonly (readonly [string, Partial<ActivateRequest>])[] = [
    ["another name", { clientName: "pc-2" }],
    ["another time", { clientTimeMs: 1 }],
    ["another fingerprint", { fingerprint: randomBytes(32) }],
    ["other components", { components: [new Uint8Array([1, ...randomBytes(8)])] }],
    ["another licence status", { licenseStatus: 5 }],
    ["a lineage", { lineage: [{ hostId: randomBytes(16), seq: 1, leaseId: randomBytes(16) }] }],
  ];
  for (const [name, change] of changes) {
    it(`is NONCE_REUSED with ${name}: dropped, no write, no counter`, async () => {
      const asked = requestOf(door.product);
      const first = await leased(asked);
      const before = await door.droppedOf("NONCE_REUSED");
      const reply = await door.unchanged(() => door.ask(encodeActivateRequest({ ...asked, ...change })));
      assert.equal(reply.reason, "NONCE_REUSED");
      assert.equal(reply.status, 409);
      assert.equal(await door.droppedOf("NONCE_REUSED"), before + 1);
      assert.deepEqual(await leased(asked), first);
      await door.stillServes();
    });
  }

  it("is a request of its own for another CMID or product: nobody can use up another's nonce", async () => {
    const asked = requestOf(door.product);
    await leased(asked);
    await leased({ ...asked, cmid: randomBytes(16) });
  });
});

describe("a captured request, sent again after newer ones", () => {
  it("moves nothing of its victim: neither its number nor when it was seen nor what its next request gets", async () => {
    const captured = requestOf(door.product);
    const second = nextRequest(captured, await leased(captured));
    const newest = await leased(second);
    const before = machineRow(dataDirectory, captured.cmid);
    assert.ok(before);
    for (let round = 0; round < 6; round++) {
      laterMs += MINUTE_MS;
      const { machines } = door.rows();
      const statement = await served(captured);
      assert.ok(statement.kind === "lease" || statement.kind === "reidentify");
      const { seq, last_seen_ms, components } = machineRow(dataDirectory, captured.cmid) ?? {};
      assert.deepEqual([seq, last_seen_ms, components], [before["seq"], before["last_seen_ms"], before["components"]]);
      assert.equal(door.rows().machines, machines);
      assert.equal(
        await refusedAs((await door.ask(encodeActivateRequest(captured))).body, second),
        "STATEMENT_MISMATCH",
      );
    }
    laterMs += MINUTE_MS;
    const third = await leased(nextRequest(captured, newest));
    assert.equal(third.seq, newest.seq + 1, "the victim goes on from where it was");
    await door.stillServes();
  });

  it("with other hardware or without proof is told to draw a new CMID, the victim never", async () => {
    const victim = requestOf(door.product);
    const newest = await leased(victim);
    const before = machineRow(dataDirectory, victim.cmid);
    for (let round = 0; round < 5; round++) {
      const components = [new Uint8Array([1, ...randomBytes(8)]), new Uint8Array([3, ...randomBytes(8)])];
      const spoofed = { ...victim, nonce: randomBytes(32), components };
      assert.equal((await served(spoofed)).kind, "reidentify");
      assert.deepEqual(machineRow(dataDirectory, victim.cmid), before, "the row stays as it was");
    }
    assert.equal((await leased(nextRequest(victim, newest))).seq, newest.seq + 1);
  });
});
