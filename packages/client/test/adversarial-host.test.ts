import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { fingerprintOf, LICENSE_STATUS, REFUSALS, type RefusalReason } from "@countersign/domain";
import { openTrust, verifyStatement } from "@countersign/protocol";
import { type ActivateResponse, ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import { nodeCryptography } from "@countersign/protocol/node";
import fc from "fast-check";
import type { ActivationResult, Transport, TransportReply } from "../src/index.ts";
import { decodeTrustedState } from "../src/trusted-state-codec.ts";
import { DAY_MS, HOUR_MS, newMachine, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, type Site, transportTo } from "./site.ts";

const startTime = () => ({ wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 });
const answer = (bytes: Uint8Array): TransportReply => ({ kind: "answer", bytes });

/** The real host, with its answers to Activate bent on the way. */
function bent(site: Site, bend: (reply: ActivateResponse) => void): Transport {
  const honest = transportTo(site.host);
  return async (target, method, request) => {
    const reply = await honest(target, method, request);
    if (method !== "Activate" || reply.kind !== "answer") return reply;
    const message = fromBinary(ActivateResponseSchema, reply.bytes);
    bend(message);
    return answer(toBinary(ActivateResponseSchema, message));
  };
}

function refusalOf(result: ActivationResult) {
  const [tried] = result.tried;
  return { reason: tried?.reason, inner: tried?.inner };
}

/** What no unsigned input may change (I30). */
function protectedPart(machine: TestMachine) {
  const body = machine.store.snapshot()?.body;
  const state = body && decodeTrustedState(body);
  assert.ok(state);
  const { identity, previous, pending, reidentifiedMs, trust, cachedHost, clock, products } = state;
  const licences = products.map(({ license, lease, lineage, lastAnswer, setupKey }) => {
    const { told: _told, ...record } = license;
    return { record, lease, lineage, lastAnswer, setupKey };
  });
  const { floorMs, suspectSinceUsedMs } = clock;
  return { identity, previous, pending, reidentifiedMs, trust, cachedHost, floorMs, suspectSinceUsedMs, licences };
}

const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));

describe("one thing changed in a valid answer", () => {
  const proofOf = (reply: ActivateResponse) => {
    assert.ok(reply.proof);
    return reply.proof;
  };
  const certificateOf = (reply: ActivateResponse) => {
    assert.ok(reply.certificate?.hostCert);
    return { bundle: reply.certificate, document: reply.certificate.hostCert };
  };
  const cases: readonly (readonly [string, RefusalReason, (reply: ActivateResponse) => void])[] = [
    ["the statement", "PROOF_INVALID", (reply) => (reply.statement = flip(reply.statement, 40))],
    ["the kind of statement", "PROOF_INVALID", (reply) => (reply.statementType = 2)],
    ["an unknown kind of statement", "DOCUMENT_UNSUPPORTED", (reply) => (reply.statementType = 9)],
    ["the head's signature", "SIGNATURE_INVALID", (reply) => (proofOf(reply).sig = new Uint8Array(64))],
    ["the head", "SIGNATURE_INVALID", (reply) => (proofOf(reply).head = flip(proofOf(reply).head, 12))],
    ["the leaf's place", "PROOF_INVALID", (reply) => (proofOf(reply).leafIndex = 1)],
    ["a longer path", "PROOF_INVALID", (reply) => (proofOf(reply).path = new Uint8Array(32))],
    ["no proof", "DOCUMENT_MALFORMED", (reply) => delete reply.proof],
    ["no certificate", "CERTIFICATE_MISSING", (reply) => delete reply.certificate],
    [
      "another public key",
      "CERTIFICATE_OTHER_KEY",
      (reply) => (certificateOf(reply).bundle.publicKey = new Uint8Array(32).fill(9)),
    ],
    [
      "the certificate's signature",
      "SIGNATURE_INVALID",
      (reply) => {
        for (const signature of certificateOf(reply).document.signatures) signature.sig = flip(signature.sig, 5);
      },
    ],
    [
      "the certificate's payload",
      "SIGNATURE_INVALID",
      (reply) => (certificateOf(reply).document.payload = flip(certificateOf(reply).document.payload, 30)),
    ],
    ["the certificate's type", "DOCUMENT_WRONG_TYPE", (reply) => (certificateOf(reply).document.payloadType += "x")],
  ];
  for (const [what, inner, bend] of cases) {
    it(`${what}: UNTRUSTED_HOST for ${inner}, and nothing of the licence changes`, async () => {
      const time = startTime();
      const site = await openSite(time);
      const machine = newMachine("pc-1", time, bent(site, bend));
      const client = await openOn(machine, site);
      const before = protectedPart(machine);
      takeEvents(machine);
      const result = await client.activate();
      assert.deepEqual(refusalOf(result), { reason: "UNTRUSTED_HOST", inner });
      assert.deepEqual(protectedPart(machine), before);
      assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
      assert.deepEqual(takeEvents(machine), [12288, 12289, 30010, 8198, 16384]);
    });
  }
});

describe("an answer that is not ours to have", () => {
  const prepared = async () => {
    const time = startTime();
    const site = await openSite(time);
    const honest = transportTo(site.host);
    return { time, site, honest, machine: newMachine("pc-1", time, honest) };
  };

  it("of another publisher is refused, however well signed", async () => {
    const { time, site, machine } = await prepared();
    const foreign = await openSite(time);
    const other = newMachine("pc-2", time, transportTo(foreign.host));
    let theirs: Uint8Array = new Uint8Array();
    other.transport = recording(transportTo(foreign.host), (bytes) => {
      theirs = bytes;
    });
    await (await openOn(other, foreign)).activate();
    machine.transport = async () => answer(theirs);
    const client = await openOn(machine, site);
    assert.deepEqual(refusalOf(await client.activate()), { reason: "UNTRUSTED_HOST", inner: "ISSUER_NOT_TRUSTED" });
  });

  it("given to another machine is refused", async () => {
    const { time, site, honest, machine } = await prepared();
    const other = newMachine("pc-2", time, honest);
    let theirs: Uint8Array = new Uint8Array();
    other.transport = recording(honest, (bytes) => {
      theirs = bytes;
    });
    await (await openOn(other, site)).activate();
    machine.transport = async () => answer(theirs);
    const client = await openOn(machine, site);
    assert.deepEqual(refusalOf(await client.activate()), { reason: "UNTRUSTED_HOST", inner: "STATEMENT_MISMATCH" });
  });

  it("given earlier to this machine is refused when it is replayed", async () => {
    const { site, honest, machine, time } = await prepared();
    let first: Uint8Array = new Uint8Array();
    machine.transport = recording(honest, (bytes) => {
      first = bytes;
    });
    const client = await openOn(machine, site);
    await client.activate();
    const before = protectedPart(machine);
    machine.transport = async () => answer(first);
    pass(DAY_MS, machine.time, time);
    assert.deepEqual(refusalOf(await client.activate()), { reason: "UNTRUSTED_HOST", inner: "STATEMENT_MISMATCH" });
    assert.deepEqual(protectedPart(machine), before);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("larger than 16 KiB, empty or no message at all is refused by name", async () => {
    const { site, machine } = await prepared();
    const client = await openOn(machine, site);
    for (const [bytes, inner] of [
      [new Uint8Array(16 * 1024 + 1), "DOCUMENT_TOO_LARGE"],
      [new Uint8Array(), "DOCUMENT_MALFORMED"],
      [new Uint8Array(300).fill(0xff), "DOCUMENT_MALFORMED"],
    ] as const) {
      machine.transport = async () => answer(bytes);
      assert.deepEqual(refusalOf(await client.activate()), { reason: "UNTRUSTED_HOST", inner });
    }
  });

  it("that only a clock keeps from being valid says CLOCK_SKEW, not UNTRUSTED_HOST", async () => {
    const { site, machine } = await prepared();
    machine.time.wallMs += 10 * 365 * DAY_MS;
    const client = await openOn(machine, site);
    assert.deepEqual(refusalOf(await client.activate()), { reason: "CLOCK_SKEW", inner: undefined });
  });
});

describe("an unsigned refusal", () => {
  const signedOrLocal = Object.values(REFUSALS).filter(({ rpcCode }) => rpcCode === "");
  it("that only a signed statement or this machine could give is an untrusted host", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    for (const { reason } of signedOrLocal) {
      machine.transport = async () => ({ kind: "refusal", reason, message: "", retryAfterS: 0 });
      assert.deepEqual(refusalOf(await client.activate()), { reason: "UNTRUSTED_HOST", inner: reason });
    }
  });

  it("of a reason this version does not know only leads to the next host", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, async () => ({
      kind: "refusal",
      reason: "NEW_IN_V9",
      message: "",
      retryAfterS: 0,
    }));
    const client = await openOn(machine, site);
    assert.deepEqual(refusalOf(await client.activate()), { reason: "UNSUPPORTED_VERSION", inner: undefined });
  });

  it("delays its own host at most, never the machine's interval", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, async () => ({
      ...{ kind: "refusal", reason: "OVERLOADED", message: "", retryAfterS: 4_000_000_000 },
    }));
    const client = await openOn(machine, site);
    await client.activate();
    assert.ok((client.status().nextAttemptMs ?? 0) - machine.time.wallMs <= 2 * HOUR_MS * 1.1);
    machine.transport = transportTo(site.host);
    for (let hour = 0; hour < 25; hour++) {
      pass(HOUR_MS, machine.time, time);
      await client.tick();
    }
    assert.equal(client.status().status, LICENSE_STATUS.licensed, "no stranger keeps it away longer than a day");
  });
});

/** Of the part of an answer that is proved: a cut behind it takes only what may be absent, and leaves an answer that is true. */
function provenLength(honest: Uint8Array): number {
  const { certificate: _, ...proven } = fromBinary(ActivateResponseSchema, honest);
  return toBinary(ActivateResponseSchema, { ...proven, serverTimeMs: 0n }).length;
}

const strangers: fc.Arbitrary<(honest: Uint8Array) => TransportReply> = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => () => answer(bytes)),
  fc.nat().map((length) => (honest: Uint8Array) => answer(honest.slice(0, length % provenLength(honest)))),
  fc.nat().map((at) => (honest: Uint8Array) => {
    const reply = fromBinary(ActivateResponseSchema, honest);
    return answer(toBinary(ActivateResponseSchema, { ...reply, statement: flip(reply.statement, at) }));
  }),
  fc.constant((honest: Uint8Array) => answer(new Uint8Array([...honest, ...new Uint8Array(20_000)]))),
  fc
    .record({ reason: fc.oneof(fc.constantFrom(...Object.keys(REFUSALS)), fc.string()), retryAfterS: fc.nat() })
    .map((said) => () => ({ kind: "refusal", message: "", ...said }) as const),
  fc
    .constantFrom<TransportReply>(
      { kind: "failure", reason: "TIMEOUT", detail: "reply" },
      { kind: "failure", reason: "HOST_UNREACHABLE", detail: "reset" },
      { kind: "foreign", detail: "a web server" },
    )
    .map((reply) => () => reply),
);

describe("whatever a host without a certificate says", () => {
  it("never changes licence state, CMID, floor or intervals, licensed or not (I30)", async () => {
    const run = fc.asyncProperty(
      fc.boolean(),
      fc.array(strangers, { minLength: 1, maxLength: 6 }),
      async (licensed, said) => {
        const time = startTime();
        const site = await openSite(time);
        const honest = transportTo(site.host);
        const machine = newMachine("pc-1", time, honest);
        const client = await openOn(machine, site);
        if (licensed) await client.activate();
        const before = protectedPart(machine);
        const status = client.status().status;
        for (const say of said) {
          machine.transport = async (target, method, request) => {
            const reply = await honest(target, method, request);
            return say(reply.kind === "answer" ? reply.bytes : new Uint8Array(1));
          };
          const result = await client.activate();
          assert.equal(result.ok, false);
          assert.deepEqual(protectedPart(machine), before);
          assert.equal(client.status().status, status);
          assert.ok((client.status().nextAttemptMs ?? 0) - machine.time.wallMs <= 2 * HOUR_MS * 1.1);
        }
      },
    );
    await fc.assert(run, { numRuns: 40 });
  });

  it("leaves a licensed machine with a lease that verifies for it, whatever bit of an answer is flipped (I29)", async () => {
    const time = startTime();
    const site = await openSite(time);
    const run = fc.asyncProperty(fc.nat(), fc.nat(7), async (at, bit) => {
      const honest = transportTo(site.host);
      const machine = newMachine(`pc-${at}-${bit}`, time, async (target, method, request) => {
        const reply = await honest(target, method, request);
        if (reply.kind !== "answer") return reply;
        return answer(reply.bytes.map((byte, i) => (i === at % reply.bytes.length ? byte ^ (1 << bit) : byte)));
      });
      const client = await openOn(machine, site);
      await client.activate();
      if (client.status().status === LICENSE_STATUS.licensed) await assertEvidence(machine, site);
    });
    await fc.assert(run, { numRuns: 300 });
  });
});

/** The store holds a lease that passes §5.3 for this machine, judged apart from the client. */
async function assertEvidence(machine: TestMachine, site: Site): Promise<void> {
  const state = decodeTrustedState(machine.store.snapshot()?.body ?? new Uint8Array());
  const lease = state?.products[0]?.lease;
  const trust = await openTrust(site.trust, nodeCryptography);
  assert.ok(lease !== undefined && trust.ok);
  const { cmid, components } = lease.identity;
  const fingerprint = fingerprintOf(components, nodeCryptography.sha256);
  const { productId, keyGroup } = site.product;
  const question = {
    asked: { cmid, fingerprint, nonce: lease.nonce, productId, keyGroup },
    trust: trust.value,
    wallMs: machine.time.wallMs,
    floorMs: 0,
    knownCertificate: undefined,
  };
  const outcome = await verifyStatement(lease.reply, question, nodeCryptography);
  assert.equal(outcome.ok && outcome.value.statement.kind, "lease");
}

function recording(transport: Transport, keep: (bytes: Uint8Array) => void): Transport {
  return async (...call) => {
    const reply = await transport(...call);
    if (reply.kind === "answer" && call[1] === "Activate") keep(reply.bytes);
    return reply;
  };
}
