import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { HostCertificateSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  type CertificateQuestion,
  encodeHostCertificate,
  type HostCertificate,
  type IssuingKey,
  openTrust,
  type ProtocolReason,
  type Revocation,
  readHostCertificate,
  signDocument,
  subjectCommitment,
  USAGE,
  verifyHostCertificate,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { DAY_MS, NOW_MS, sampleCall, sampleWorld, seededBytes, seededSigner, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
const EARLIEST_MS = world.certificate.notBeforeMs - DAY_MS;

/** The sample certificate with some fields changed, signed by an issuing key, asked for with some of the question changed. */
async function judged(
  change: Partial<HostCertificate>,
  question: Partial<CertificateQuestion> = {},
  issuer = "host cert",
) {
  const document = await world.sign.certificate({ ...world.certificate, ...change }, issuer);
  return verifyHostCertificate(
    { ...world.presented, document },
    { ...sampleCall(trust), ...question },
    nodeCryptography,
  );
}

/** The trust with every host-cert key of its manifest changed. */
function withIssuers(change: Partial<IssuingKey>): Partial<CertificateQuestion> {
  const { manifest } = trust;
  const keys = manifest.value.keys.map((key) => (key.usages.includes(USAGE.hostCert) ? { ...key, ...change } : key));
  return { trust: { ...trust, manifest: { ...manifest, value: { ...manifest.value, keys } } } };
}

function revoking(entry: object): Partial<CertificateQuestion> {
  const list = trust.revocationList ?? assert.fail();
  const entries = [{ reason: "", effectiveMs: NOW_MS, ...entry } as Revocation];
  return { trust: { ...trust, revocationList: { ...list, value: { ...list.value, entries } } } };
}

describe("a host certificate", () => {
  it("is accepted under the key and in the time it was made for", async () => {
    assert.deepEqual(accepted(await judged({})).certificate, world.certificate);
  });

  it("is ISSUER_NOT_TRUSTED under a key of every other usage", async () => {
    for (const [label, usage] of [
      ["policy", USAGE.policy],
      ["revocation", USAGE.revocation],
      ["time", USAGE.time],
    ] as const) {
      const { keyId } = trust.manifest.value.keys.find((key) => key.usages.includes(usage)) ?? assert.fail();
      assertRefused(await judged({ issuerKeyId: keyId }, {}, label), "ISSUER_NOT_TRUSTED");
    }
  });

  it("is ISSUER_NOT_TRUSTED when it names another issuing key than the one that signed", async () => {
    assertRefused(await judged({}, {}, "second host cert"), "ISSUER_NOT_TRUSTED", "issuer_key_id");
    assertRefused(await judged({ issuerKeyId: seededBytes("nobody", 8) }), "ISSUER_NOT_TRUSTED", "issuer_key_id");
  });

  it("under a retired key still verifies, under a revoked or expelled one no more", async () => {
    accepted(await judged({}, withIssuers({ status: "retired" })));
    assertRefused(await judged({}, withIssuers({ status: "revoked" })), "ISSUER_NOT_TRUSTED");
    assertRefused(await judged({}, withIssuers({ usages: [] })), "ISSUER_NOT_TRUSTED");
    const keyId = world.certificate.issuerKeyId;
    assertRefused(await judged({}, revoking({ kind: "issuing-key", keyId })), "ISSUER_NOT_TRUSTED");
  });

  const { issuedMs, notAfterMs } = world.certificate;
  const windows: readonly (readonly [string, Partial<IssuingKey>, string])[] = [
    ["issued before its key might sign", { notBeforeMs: issuedMs + 1 }, "issued_ms"],
    ["issued after its key might sign", { notAfterMs: issuedMs - 1 }, "issued_ms"],
    ["that outlives its key's verify_until", { verifyUntilMs: notAfterMs - 1 }, "not_after_ms"],
  ];
  for (const [title, change, field] of windows) {
    it(`${title} is ISSUER_NOT_TRUSTED; a millisecond less is fine`, async () => {
      assertRefused(await judged({}, withIssuers(change)), "ISSUER_NOT_TRUSTED", field);
      accepted(await judged({}, withIssuers({ notBeforeMs: issuedMs, verifyUntilMs: notAfterMs })));
      accepted(await judged({}, withIssuers({ notAfterMs: issuedMs })));
    });
  }

  it("for another key group is GROUP_NOT_AUTHORIZED; the host itself asks for none", async () => {
    assertRefused(await judged({}, { keyGroup: 9 }), "GROUP_NOT_AUTHORIZED", "key_groups");
    accepted(await judged({}, { keyGroup: undefined }));
  });

  it("of another publisher is DOCUMENT_FOREIGN, even under a key of this one", async () => {
    assertRefused(await judged({ publisherId: seededBytes("other", 16) }), "DOCUMENT_FOREIGN", "publisher_id");
  });

  const { serial, hostId, customerId } = world.certificate;
  const revoked: readonly (readonly [string, object, boolean])[] = [
    ["its serial", { kind: "certificate", serial }, true],
    ["its host", { kind: "host", hostId }, true],
    ["its customer's generation", { kind: "customer", customerId, generationBelow: 3 }, true],
    ["an older generation of its customer", { kind: "customer", customerId, generationBelow: 2 }, false],
    ["another serial", { kind: "certificate", serial: hostId }, false],
    ["another host", { kind: "host", hostId: serial }, false],
    ["a product key", { kind: "product-key", kid: seededBytes("kid", 5) }, false],
  ];
  for (const [title, entry, refused] of revoked) {
    it(`is ${refused ? "CERTIFICATE_REVOKED" : "accepted"} when the list names ${title}`, async () => {
      const outcome = await judged({}, revoking(entry));
      if (refused) assertRefused(outcome, "CERTIFICATE_REVOKED");
      else accepted(outcome);
    });
  }

  const times: readonly (readonly [string, Partial<CertificateQuestion>, ProtocolReason | undefined])[] = [
    ["a day before not_before", { wallMs: EARLIEST_MS }, undefined],
    ["more than a day before not_before", { wallMs: EARLIEST_MS - 1 }, "CERTIFICATE_NOT_YET_VALID"],
    ["before it, by a wall clock known to be wrong", { wallMs: 1, floorMs: EARLIEST_MS - 1 }, undefined],
    ["at not_after", { wallMs: notAfterMs }, undefined],
    ["after not_after", { wallMs: notAfterMs + 1 }, "CERTIFICATE_EXPIRED"],
    ["after it by the floor, whatever the wall says", { floorMs: notAfterMs + 1 }, "CERTIFICATE_EXPIRED"],
    ["after it here, in time at the host", { wallMs: notAfterMs + 1, serverTimeMs: NOW_MS }, "CLOCK_SKEW"],
    ["before it here, in time at the host", { wallMs: 1, serverTimeMs: NOW_MS }, "CLOCK_SKEW"],
    ["after it on both sides", { wallMs: notAfterMs + 1, serverTimeMs: notAfterMs + 1 }, "CERTIFICATE_EXPIRED"],
  ];
  for (const [title, question, reason] of times) {
    it(`${title} is ${reason ?? "accepted"}`, async () => {
      const outcome = await judged({}, question);
      if (reason === undefined) accepted(outcome);
      else assertRefused(outcome, reason);
    });
  }

  it("that is wrong in more than its time is never CLOCK_SKEW", async () => {
    const late = { wallMs: notAfterMs + 1, serverTimeMs: NOW_MS };
    assertRefused(await judged({}, { ...late, keyGroup: 9 }), "GROUP_NOT_AUTHORIZED");
    assertRefused(await judged({ subjectCommitment: seededBytes("x", 32) }, late), "CERTIFICATE_OTHER_KEY");
  });

  it("is CERTIFICATE_OTHER_KEY beside another key or another context", async () => {
    const { presented } = world;
    for (const change of [
      { publicKey: seededSigner("thief").publicKey },
      { contextHash: seededBytes("other context", 32) },
    ])
      assertRefused(
        await verifyHostCertificate({ ...presented, ...change }, sampleCall(trust), nodeCryptography),
        "CERTIFICATE_OTHER_KEY",
        "public_key",
      );
  });

  it("may commit with 16 bytes, when the request travelled as an installation id (§4.2)", async () => {
    accepted(await judged({ subjectCommitment: world.certificate.subjectCommitment.slice(0, 16) }));
    assertRefused(await judged({ subjectCommitment: seededBytes("x", 16) }), "CERTIFICATE_OTHER_KEY");
  });

  it("for a key of small order is KEY_WEAK, although the commitment fits", async () => {
    const publicKey = Uint8Array.of(1, ...new Uint8Array(31));
    const subject = { algorithm: 1, publicKey, contextHash: world.presented.contextHash };
    const commitment = subjectCommitment(subject, nodeCryptography.sha256);
    const document = await world.sign.certificate({ ...world.certificate, subjectCommitment: commitment });
    const outcome = await verifyHostCertificate(
      { ...world.presented, document, publicKey },
      sampleCall(trust),
      nodeCryptography,
    );
    assertRefused(outcome, "KEY_WEAK", "public_key");
  });

  it("with a critical field nobody knows is refused although it is signed well", async () => {
    const payload = new Uint8Array([...encodeHostCertificate(world.certificate), 0x10, 99]);
    const document = await signDocument("hostCert", payload, [seededSigner("host cert")], nodeCryptography.sha256);
    assertRefused(
      await verifyHostCertificate({ ...world.presented, document }, sampleCall(trust), nodeCryptography),
      "DOCUMENT_UNSUPPORTED",
      "critical",
    );
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

  it("that make an unknown field critical are refused, whether it is there or not; a known one is fine (R4)", () => {
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
