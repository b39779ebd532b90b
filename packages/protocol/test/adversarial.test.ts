import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { equalBytes } from "@countersign/domain";
import { ActivateResponseSchema } from "../src/gen/countersign/v1/activation_pb.ts";
import {
  HostCertificateSchema,
  type SignedDocument,
  SignedDocumentSchema,
} from "../src/gen/countersign/v1/documents_pb.ts";
import {
  documentBytes,
  type Outcome,
  openTrust,
  PAYLOAD_TYPE,
  type ProtocolReason,
  readActivationRequest,
  readDocument,
  readHostCertificate,
  signDocument,
  verifyDocument,
  verifyHostCertificate,
  verifyStatement,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { ASKED, NOW_MS, SAMPLE_LEASE, sampleReply, sampleWorld, seededSigner, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
const question = { asked: ASKED, trust, wallMs: NOW_MS, floorMs: 0, knownCertificate: undefined };
const [firstRoot, secondRoot] = world.rootSets;
const issuers = { keys: trust.manifest.value.keys, threshold: 1 };

interface Sample {
  readonly document: SignedDocument;
  readonly check: (document: SignedDocument) => Promise<Outcome<unknown>>;
}

const verifyAs =
  (name: keyof typeof PAYLOAD_TYPE, keys: Parameters<typeof verifyDocument>[2]) => (document: SignedDocument) =>
    verifyDocument(name, document, keys, nodeCryptography);
const part = (document: SignedDocument | undefined): SignedDocument => {
  assert.ok(document !== undefined);
  return document;
};
const SAMPLES: Readonly<Record<string, Sample>> = {
  "root set": { document: part(world.bundle.rootSets[0]), check: verifyAs("rootSet", firstRoot) },
  "key manifest": { document: part(world.bundle.manifest), check: verifyAs("keyManifest", secondRoot) },
  "product policy": { document: part(world.bundle.policies[0]), check: verifyAs("productPolicy", issuers) },
  "revocation list": { document: part(world.bundle.revocationList), check: verifyAs("revocationList", issuers) },
  "host certificate": {
    document: world.presented.document,
    check: (document) =>
      verifyHostCertificate(
        { ...world.presented, document },
        { trust, keyGroup: 7, wallMs: NOW_MS, floorMs: 0, serverTimeMs: 0 },
        nodeCryptography,
      ),
  },
  "activation request": {
    document: world.request.document,
    check: (document) => readActivationRequest(document, nodeCryptography),
  },
};

const DAMAGED: readonly ProtocolReason[] = [
  "DOCUMENT_MALFORMED",
  "DOCUMENT_WRONG_TYPE",
  "DOCUMENT_TOO_LARGE",
  "DOCUMENT_UNSUPPORTED",
  "DOCUMENT_INVALID",
  "SIGNATURE_MISSING",
  "SIGNATURE_INVALID",
  "ISSUER_NOT_TRUSTED",
  "KEY_WEAK",
];

async function checkBytes(bytes: Uint8Array, check: Sample["check"]): Promise<Outcome<unknown>> {
  const document = readDocument(bytes);
  return document.ok ? check(document.value) : document;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

for (const [name, { document, check }] of Object.entries(SAMPLES)) {
  const bytes = toBinary(SignedDocumentSchema, document);
  describe(`the ${name}`, () => {
    it("is accepted as it is", async () => {
      accepted(await checkBytes(bytes, check));
    });

    it("is refused when it ends anywhere before its end", async () => {
      for (let length = 0; length < bytes.length; length++) {
        const outcome = await checkBytes(bytes.subarray(0, length), check);
        assert.ok(!outcome.ok && DAMAGED.includes(outcome.refusal.reason), `at ${length}`);
      }
    });

    it("is refused when any single bit of the envelope is another, or reads as the very same document", async () => {
      let framing = 0;
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = flipped(bytes, bit);
        const outcome = await checkBytes(changed, check);
        if (!outcome.ok) assert.ok(DAMAGED.includes(outcome.refusal.reason), `bit ${bit}`);
        else if (equalBytes(documentBytes(accepted(readDocument(changed))), bytes)) framing++;
        else assert.fail(`bit ${bit} changes the document and is accepted`);
      }
      // The decoder does not look at the three wire-type bits of a tag; there are two tags and three a signature.
      assert.ok(framing <= 3 * (2 + 3 * document.signatures.length), `${framing} bits`);
    });

    it("is refused as SIGNATURE_INVALID when any bit of a signature is another", async () => {
      for (const [i, signature] of document.signatures.entries()) {
        for (let bit = 0; bit < signature.sig.length * 8; bit++) {
          const signatures = document.signatures.with(i, { ...signature, sig: flipped(signature.sig, bit) });
          assertRefused(await check({ ...document, signatures }), "SIGNATURE_INVALID");
        }
      }
    });

    it("is refused as DOCUMENT_WRONG_TYPE under every other type, signed or not", async () => {
      for (const other of Object.values(PAYLOAD_TYPE)) {
        if (other.type === document.payloadType) continue;
        assertRefused(await check({ ...document, payloadType: other.type }), "DOCUMENT_WRONG_TYPE", "payload_type");
      }
    });

    it("is refused as DOCUMENT_TOO_LARGE before anything is hashed when payload or signatures pass their limit", async () => {
      const { maxBytes } = Object.values(PAYLOAD_TYPE).find((row) => row.type === document.payloadType) ?? {
        maxBytes: 0,
      };
      assertRefused(
        await check({ ...document, payload: new Uint8Array(maxBytes + 1) }),
        "DOCUMENT_TOO_LARGE",
        "payload",
      );
      const signatures = Array.from({ length: 17 }, () => part(document).signatures[0]).filter(
        (row) => row !== undefined,
      );
      assertRefused(await check({ ...document, signatures }), "DOCUMENT_TOO_LARGE", "signatures");
    });

    it("is refused without signatures", async () => {
      const reason = name === "host certificate" ? "ISSUER_NOT_TRUSTED" : "SIGNATURE_MISSING";
      assertRefused(await check({ ...document, signatures: [] }), reason);
    });
  });
}

describe("an envelope", () => {
  it("over 512 KiB is refused before it is parsed", () => {
    assertRefused(readDocument(new Uint8Array(512 * 1024 + 1)), "DOCUMENT_TOO_LARGE");
  });

  it("needs as many distinct keys as the threshold: one key twice is one key", async () => {
    const { document } = SAMPLES["root set"] ?? assert.fail();
    const [first, second] = document.signatures;
    assert.ok(first !== undefined && second !== undefined);
    const twice = await verifyDocument(
      "rootSet",
      { ...document, signatures: [first, first] },
      firstRoot,
      nodeCryptography,
    );
    assertRefused(twice, "SIGNATURE_MISSING");
    accepted(
      await verifyDocument("rootSet", { ...document, signatures: [second, first] }, firstRoot, nodeCryptography),
    );
  });

  it("is refused for one bad signature of a trusted key beside enough good ones", async () => {
    const { document } = SAMPLES["root set"] ?? assert.fail();
    const third = await world.sign.rootSet(firstRoot, [world.roots[2] ?? seededSigner("root c")]);
    const bad = third.signatures.map((row) => ({ ...row, sig: flipped(row.sig, 9) }));
    const signatures = [...document.signatures, ...bad];
    assertRefused(
      await verifyDocument("rootSet", { ...document, signatures }, firstRoot, nodeCryptography),
      "SIGNATURE_INVALID",
    );
  });

  it("lets the signature of a stranger say nothing, good or bad", async () => {
    const { document } = SAMPLES["root set"] ?? assert.fail();
    const foreign = await world.sign.rootSet(firstRoot, [seededSigner("stranger")]);
    const signatures = [
      ...foreign.signatures.map((row) => ({ ...row, sig: flipped(row.sig, 3) })),
      ...document.signatures,
    ];
    accepted(await verifyDocument("rootSet", { ...document, signatures }, firstRoot, nodeCryptography));
  });
});

describe("verified bytes", () => {
  const certificate = {
    ...world.certificate,
    format: 1,
    keyGroups: [7, 8],
    siteRequired: [],
    seats: [],
    notBeforeMs: BigInt(world.certificate.notBeforeMs),
    notAfterMs: BigInt(world.certificate.notAfterMs),
    issuedMs: BigInt(world.certificate.issuedMs),
    minRlNumber: 9n,
    tlsSpkiSha256: new Uint8Array(),
  };
  const payload = (change: object) =>
    toBinary(HostCertificateSchema, create(HostCertificateSchema, { ...certificate, ...change }));

  it("of a format other than 1 are refused as DOCUMENT_UNSUPPORTED", () => {
    for (const format of [0, 2])
      assertRefused(readHostCertificate(payload({ format })), "DOCUMENT_UNSUPPORTED", "format");
  });

  it("that make an unknown field critical are refused, whether it is there or not; a known one is fine", () => {
    assertRefused(readHostCertificate(payload({ critical: [99] })), "DOCUMENT_UNSUPPORTED", "critical");
    assertRefused(readHostCertificate(payload({ critical: [3, 23] })), "DOCUMENT_UNSUPPORTED", "critical");
    accepted(readHostCertificate(payload({ critical: [10, 11] })));
  });

  it("with an unknown field that is not critical mean the same", () => {
    const unknown = Uint8Array.of(0xfa, 0x07, 3, 1, 2, 3);
    const longer = new Uint8Array([...payload({}), ...unknown]);
    assert.deepEqual(accepted(readHostCertificate(longer)), accepted(readHostCertificate(payload({}))));
  });

  const INVALID: readonly (readonly [field: string, change: object])[] = [
    ["serial", { serial: new Uint8Array(16) }],
    ["serial", { serial: new Uint8Array(15).fill(1) }],
    ["issuer_key_id", { issuerKeyId: new Uint8Array() }],
    ["customer_id", { customerId: new Uint8Array(16) }],
    ["customer_generation", { customerGeneration: 0 }],
    ["subject_algorithm", { subjectAlgorithm: 2 }],
    ["subject_commitment", { subjectCommitment: new Uint8Array(20).fill(1) }],
    ["host_id", { hostId: new Uint8Array(17).fill(1) }],
    ["publisher_id", { publisherId: new Uint8Array() }],
    ["key_groups", { keyGroups: [] }],
    ["key_groups", { keyGroups: [7, 0] }],
    ["site_required", { siteRequired: [{ keyGroup: 7, requiredCount: 0 }] }],
    ["not_before_ms", { notBeforeMs: 0n }],
    ["not_after_ms", { notAfterMs: 2n ** 53n }],
    ["not_after_ms", { notAfterMs: certificate.notBeforeMs }],
    ["issued_ms", { issuedMs: -1n }],
    ["max_lease_s", { maxLeaseS: 0 }],
    ["activation_index", { activationIndex: 0 }],
    ["tls_spki_sha256", { tlsSpkiSha256: new Uint8Array(31).fill(1) }],
  ];
  for (const [field, change] of INVALID) {
    it(`with ${field} ${JSON.stringify(Object.values(change)[0], (_, value) => (typeof value === "bigint" ? `${value}` : value))} are refused, naming the field`, () => {
      assertRefused(readHostCertificate(payload(change)), "DOCUMENT_INVALID", field);
    });
  }
});

describe("an ActivateResponse", async () => {
  const reply = await sampleReply(world);
  const same = (outcome: Outcome<{ readonly statement: object; readonly payload: Uint8Array }>) =>
    outcome.ok && equalBytes(outcome.value.payload, original.payload);
  const original = accepted(await verifyStatement(reply, question, nodeCryptography));

  it("says what the host said, when nothing was changed", () => {
    assert.deepEqual(original.statement, { kind: "lease", ...SAMPLE_LEASE });
  });

  it("cut anywhere is refused, or says exactly the same where only the unsigned hint is cut off", async () => {
    for (let length = 0; length < reply.length; length++) {
      const outcome = await verifyStatement(reply.subarray(0, length), question, nodeCryptography);
      assert.ok(!outcome.ok || (length > reply.length - 8 && same(outcome)), `at ${length}`);
    }
  });

  it("with any single bit changed is refused, or says exactly the same where only an unsigned hint changed", async () => {
    let harmless = 0;
    for (let bit = 0; bit < reply.length * 8; bit++) {
      const outcome = await verifyStatement(flipped(reply, bit), question, nodeCryptography);
      if (outcome.ok) harmless++;
      assert.ok(!outcome.ok || same(outcome), `bit ${bit}`);
    }
    // The key id, three versions, the server time (22 bytes), and wire-type bits of some twenty tags.
    assert.ok(harmless <= 8 * 25 + 3 * 20, `${harmless} bits changed nothing`);
  });

  it("is refused over 16 KiB, before it is parsed", async () => {
    assertRefused(
      await verifyStatement(new Uint8Array(16 * 1024 + 1), question, nodeCryptography),
      "DOCUMENT_TOO_LARGE",
    );
  });

  it("with a statement over 1 KiB is refused", async () => {
    const message = create(ActivateResponseSchema, { statementType: 1, statement: new Uint8Array(1025), proof: {} });
    const bytes = toBinary(ActivateResponseSchema, message);
    assertRefused(await verifyStatement(bytes, question, nodeCryptography), "DOCUMENT_TOO_LARGE", "statement");
  });
});

it("a document signed as one type never verifies as another (I3)", async () => {
  const signer = seededSigner("host cert");
  for (const name of Object.keys(PAYLOAD_TYPE) as (keyof typeof PAYLOAD_TYPE)[]) {
    if (name === "hostCert" || PAYLOAD_TYPE[name].maxBytes < 128) continue;
    const document = await signDocument(name, new Uint8Array(128), [signer], nodeCryptography.sha256);
    const renamed = { ...document, payloadType: PAYLOAD_TYPE.hostCert.type };
    const keys = { keys: trust.manifest.value.keys, threshold: 1 };
    assertRefused(await verifyDocument("hostCert", renamed, keys, nodeCryptography), "SIGNATURE_INVALID");
  }
});
