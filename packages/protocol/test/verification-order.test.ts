import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { concatBytes } from "@countersign/domain";
import {
  type HostCertificate,
  openTrust,
  type ProtocolReason,
  type Revocation,
  type StatementQuestion,
  verifyStatement,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { type Answer, answerBytes, answerWith } from "./sample-answers.ts";
import { flipped } from "./sample-documents.ts";
import { ASKED, leaseLeaf, NOW_MS, sampleWorld, seededBytes, seededSigner, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
const list = trust.revocationList ?? assert.fail();
const thisHost: Revocation = { kind: "host", hostId: world.certificate.hostId, reason: "", effectiveMs: NOW_MS };
const withThisHost = { ...list, value: { ...list.value, entries: [...list.value.entries, thisHost] } };

/** What a step of §5.3 finds wrong: where to break a good exchange so that exactly this step refuses it. */
interface Step {
  readonly step: number;
  readonly reason: ProtocolReason;
  readonly lease?: Parameters<typeof leaseLeaf>[0];
  readonly certificate?: Partial<HostCertificate>;
  readonly head?: { readonly certHash: Uint8Array };
  readonly answer?: (answer: Answer) => unknown;
  readonly bytes?: (bytes: Uint8Array) => Uint8Array;
  readonly question?: Partial<StatementQuestion>;
}

const STEPS: readonly Step[] = [
  { step: 1, reason: "DOCUMENT_TOO_LARGE", bytes: (bytes) => concatBytes(bytes, new Uint8Array(16 * 1024)) },
  { step: 2, reason: "DOCUMENT_MALFORMED", bytes: (bytes) => concatBytes(bytes, Uint8Array.of(0x08, 1)) },
  { step: 2, reason: "DOCUMENT_UNSUPPORTED", answer: (answer) => Object.assign(answer, { statementType: 9 }) },
  { step: 3, reason: "SIGNATURE_INVALID", answer: bendCertificateSignature },
  { step: 3, reason: "ISSUER_NOT_TRUSTED", certificate: { issuerKeyId: seededBytes("nobody", 8) } },
  { step: 3, reason: "DOCUMENT_FOREIGN", certificate: { publisherId: seededBytes("other", 16) } },
  { step: 3, reason: "GROUP_NOT_AUTHORIZED", certificate: { keyGroups: [8] } },
  { step: 3, reason: "CERTIFICATE_REVOKED", question: { trust: { ...trust, revocationList: withThisHost } } },
  { step: 3, reason: "CERTIFICATE_OTHER_KEY", answer: exchangePublicKey },
  {
    step: 3,
    reason: "CERTIFICATE_EXPIRED",
    question: { wallMs: world.certificate.notAfterMs + 1 },
    answer: (answer) => Object.assign(answer, { serverTimeMs: 0n }),
  },
  {
    step: 4,
    reason: "SIGNATURE_MISSING",
    answer: ({ proof }) => Object.assign(proof ?? {}, { keyId: new Uint8Array(8) }),
  },
  {
    step: 4,
    reason: "SIGNATURE_INVALID",
    answer: ({ proof }) => proof && Object.assign(proof, { sig: flipped(proof.sig, 7) }),
  },
  { step: 4, reason: "HEAD_MISMATCH", head: { certHash: seededBytes("another certificate", 32) } },
  { step: 5, reason: "PROOF_INVALID", answer: ({ proof }) => Object.assign(proof ?? {}, { path: new Uint8Array(32) }) },
  { step: 6, reason: "STATEMENT_MISMATCH", lease: { nonce: seededBytes("another nonce", 32) } },
  { step: 7, reason: "VALIDITY_TOO_LONG", lease: { validityS: 180 * 86_400 + 1 } },
  { step: 8, reason: "LEASE_BELOW_REQUIRED", lease: { count: 24 } },
];

function bendCertificateSignature({ certificate }: Answer) {
  const [signature] = certificate?.hostCert?.signatures ?? [];
  assert.ok(signature !== undefined);
  signature.sig = flipped(signature.sig, 7);
}

function exchangePublicKey({ certificate }: Answer) {
  Object.assign(certificate ?? {}, { publicKey: seededSigner("thief").publicKey });
}

/** One exchange with the breaks of all these steps in it. */
async function judged(...broken: readonly Step[]) {
  const all = <T extends object>(of: (step: Step) => T | undefined): T => Object.assign({}, ...broken.map(of));
  const document = await world.sign.certificate({ ...world.certificate, ...all((step) => step.certificate) });
  const changed = { ...world, presented: { ...world.presented, document } };
  const leaf = leaseLeaf(all((step) => step.lease ?? {}));
  const answer = await answerWith(
    changed,
    leaf,
    all((step) => step.head ?? {}),
  );
  for (const step of broken) step.answer?.(answer);
  // The largest break last: what it adds hides nothing that stands before it.
  const bytes = [...broken].reverse().reduce((kept, step) => step.bytes?.(kept) ?? kept, answerBytes("lease", answer));
  const question = { asked: ASKED, trust, wallMs: NOW_MS, floorMs: 0, knownCertificate: undefined };
  return verifyStatement(bytes, { ...question, ...all((step) => step.question ?? {}) }, nodeCryptography);
}

describe("verification, in the normative order of §5.3", () => {
  it("accepts the exchange that every case here breaks", async () => {
    accepted(await judged());
  });

  for (const [i, first] of STEPS.entries()) {
    it(`names step ${first.step}, ${first.reason}, whatever later step fails too`, async () => {
      assertRefused(await judged(first), first.reason);
      for (const later of STEPS.slice(i + 1)) assertRefused(await judged(first, later), first.reason);
    });
  }

  it("is the order that docs/protocol/statements.md gives", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/statements.md"), "utf8");
    const rows = [...page.matchAll(/^\| (\d) \| .* \| (.*) \|$/gm)].flatMap(([, step, reasons]) =>
      [...(reasons ?? "").matchAll(/\[([A-Z_]+)\]/g)].map(([, reason]) => `${step} ${reason}`),
    );
    const inOrder = STEPS.map(({ step, reason }) => `${step} ${reason}`);
    assert.deepEqual(
      rows.filter((row) => inOrder.includes(row)),
      inOrder,
    );
  });
});
