import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "@countersign/domain";
import { KeyFault } from "@countersign/keyring";
import { CERTIFICATE_FLAG, documentBytes, type RequestContext, signDocument } from "@countersign/protocol";
import fc from "fast-check";
import { activateHost, createPublisher, defineProduct, issueHostKey, type PublisherParts } from "../src/index.ts";
import {
  ADAPTERS,
  certificateOf,
  certificatesIn,
  cryptography,
  desk,
  drawKey,
  emptyParts,
  isRefusal,
  type RequestChange,
  reasonOf,
  requestOf,
  world,
} from "./site.ts";

for (const { name, open } of ADAPTERS) {
  const fresh = (wanted = {}) => world(emptyParts(open().store), wanted);

  test(`${name}: a host that proves its key is certified for its key group, for three years`, async () => {
    const w = await fresh();
    const asked = await requestOf(w);
    const certificate = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked);
    assert.deepEqual(certificate.keyGroups, [w.product.keyGroup]);
    assert.equal(certificate.activationIndex, 1);
    assert.equal(certificate.notAfterMs - certificate.notBeforeMs, 3 * 365 * 86_400_000);
  });

  test(`${name}: a certificate never outlives what its issuing key can verify`, async () => {
    const w = await fresh({ certificateLifeS: 100 * 365 * 86_400 });
    const asked = await requestOf(w);
    const outcome = await activateHost(asked.document, desk(), w.parts);
    const certificate = await certificateOf(outcome, asked);
    assert.ok(outcome.ok);
    const untilMs = Math.max(...outcome.value.trust.manifest.value.keys.map((key) => key.verifyUntilMs));
    assert.equal(certificate.notAfterMs, untilMs);
  });

  test(`${name}: a site grant and the TEST flag travel in the certificate`, async () => {
    const w = await fresh({ siteRequired: [{ keyGroup: 1, requiredCount: 2 }], flags: CERTIFICATE_FLAG.test });
    const asked = await requestOf(w);
    const { siteRequired, flags } = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked);
    assert.deepEqual(
      siteRequired.map(({ keyGroup, requiredCount }) => ({ keyGroup, requiredCount })),
      [{ keyGroup: 1, requiredCount: 2 }],
    );
    assert.equal(flags, CERTIFICATE_FLAG.test);
  });

  test(`${name}: the same request twice gives the same certificate and uses no activation`, async () => {
    const w = await fresh();
    const asked = await requestOf(w);
    const [first, second] = [
      await activateHost(asked.document, desk(), w.parts),
      await activateHost(asked.document, desk(), w.parts),
    ];
    assert.ok(first.ok && second.ok);
    assert.deepEqual(documentBytes(second.value.certificate), documentBytes(first.value.certificate));
    assert.equal(await certificatesIn(w.parts), 1);
  });

  test(`${name}: the seventh host of a key is refused, however many ask at once (I44)`, async () => {
    const w = await fresh();
    const asked = await Promise.all(Array.from({ length: 8 }, () => requestOf(w)));
    const reasons = await Promise.all(asked.map((request) => reasonOf(request, w)));
    assert.equal(reasons.filter((reason) => reason === "issued").length, 6);
    assert.equal(reasons.filter((reason) => reason === "HOST_LIMIT_REACHED").length, 2);
    assert.equal(await certificatesIn(w.parts), 6);
  });

  test(`${name}: whoever asks at once and however often, no limit of a key is passed (I44)`, async () => {
    const wave = fc.array(fc.record({ host: fc.nat(3), isRepeat: fc.boolean() }), { minLength: 4, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(wave, async (calls) => {
        const w = await fresh({ maxHosts: 2, activationsPerHost: 2 });
        const ids = Array.from({ length: 4 }, () => cryptography.random(16));
        const asked = await Promise.all(
          calls.map(({ host }) => requestOf(w, { hostId: ids[host] ?? ids[0] } as RequestChange)),
        );
        const all = asked.flatMap((request, i) => (calls[i]?.isRepeat ? [request, request] : [request]));
        const reasons = await Promise.all(all.map((request) => reasonOf(request, w)));
        const rows = await w.parts.store.transact((unit) => unit.activationsOfKey(w.kid));
        const perHost = Map.groupBy(rows, (row) => row.hostId.join());
        assert.ok(perHost.size <= 2);
        for (const [, ofHost] of perHost) assert.ok(ofHost.length <= 2);
        const issued = new Set(
          all.filter((_, i) => reasons[i] === "issued").map((request) => request.commitment.join()),
        );
        assert.equal(rows.length, issued.size);
        assert.ok(reasons.every((reason) => reason === "issued" || reason === "HOST_LIMIT_REACHED"));
      }),
      { numRuns: 8 },
    );
  });

  test(`${name}: one host has ten activations; its renewals are free`, async () => {
    const w = await fresh();
    const [hostId, signer] = [cryptography.random(16), drawKey()];
    let serial: Uint8Array | undefined;
    for (let i = 0; i < 10; i++) {
      const asked = await requestOf(w, { hostId, signer });
      ({ serial } = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked));
    }
    assert.equal(await reasonOf(await requestOf(w, { hostId, signer }), w), "HOST_LIMIT_REACHED");
    for (let renewalSeq = 1; renewalSeq <= 3; renewalSeq++) {
      const asked = await requestOf(w, {
        hostId,
        signer,
        productKey: "",
        previousCertificateSerial: serial,
        renewalSeq,
      });
      const certificate = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked);
      assert.deepEqual([certificate.activationIndex, certificate.renewalSeq], [10, renewalSeq]);
      ({ serial } = certificate);
    }
  });

  test(`${name}: only the certified key renews, only for its own host, and only the newest certificate`, async () => {
    const w = await fresh();
    const [signer, hostId] = [drawKey(), cryptography.random(16)];
    const first = await requestOf(w, { hostId, signer });
    const { serial } = await certificateOf(await activateHost(first.document, desk(), w.parts), first);
    const renewal = { hostId, signer, productKey: "", previousCertificateSerial: serial, renewalSeq: 1 };
    const ask = async (change: RequestChange) => reasonOf(await requestOf(w, { ...renewal, ...change }), w);
    assert.equal(await ask({ signer: drawKey() }), "RENEWAL_NOT_ALLOWED");
    assert.equal(await ask({ hostId: cryptography.random(16) }), "RENEWAL_NOT_ALLOWED");
    assert.equal(await ask({ previousCertificateSerial: cryptography.random(16) }), "RENEWAL_NOT_ALLOWED");
    assert.equal(await ask({ renewalSeq: 2 }), "HOST_LINEAGE_FORK");
    assert.equal(await certificatesIn(w.parts), 1);
    assert.equal(await ask({}), "issued");
    assert.equal(await ask({}), "HOST_LINEAGE_FORK");
    assert.equal(await ask({ productKey: w.productKey, hostId: cryptography.random(16) }), "issued");
  });

  test(`${name}: the newest certificate is the one issued last, also when the clock was set back`, async () => {
    const clock = { ms: Date.now() };
    const w = await world({ ...emptyParts(open().store), now: () => clock.ms });
    const [signer, hostId] = [drawKey(), cryptography.random(16)];
    const first = await requestOf(w, { hostId, signer });
    const { serial } = await certificateOf(await activateHost(first.document, desk(), w.parts), first);
    const renewal = await requestOf(w, {
      hostId,
      signer,
      productKey: "",
      previousCertificateSerial: serial,
      renewalSeq: 1,
    });
    clock.ms += 60_000;
    const second = await certificateOf(await activateHost(renewal.document, desk(), w.parts), renewal);
    clock.ms -= 30_000;
    const next = { hostId, signer, productKey: "", previousCertificateSerial: second.serial, renewalSeq: 2 };
    const third = await requestOf(w, next);
    const { serial: newest } = await certificateOf(await activateHost(third.document, desk(), w.parts), third);
    const last = { ...next, previousCertificateSerial: newest, renewalSeq: 3 };
    assert.equal(await reasonOf(await requestOf(w, last), w), "issued");
  });

  test(`${name}: an unsigned certificate is signed when its host asks again, after a new start too`, async () => {
    const opened = open();
    const parts = emptyParts(opened.store);
    const w = await world(parts);
    const asked = await requestOf(w);
    const silent: PublisherParts = {
      ...parts,
      keyring: {
        ...parts.keyring,
        signer: async () => {
          throw new KeyFault("unavailable", "expected the signer, found none", "start it");
        },
      },
    };
    await assert.rejects(activateHost(asked.document, desk(), silent), KeyFault);
    const [committed] = await parts.store.transact((unit) => unit.activationsOfKey(w.kid));
    assert.equal(committed?.document, undefined);
    const store = await opened.reopen();
    const again = { ...w, parts: { ...parts, store } };
    const outcome = await activateHost(asked.document, desk(), again.parts);
    assert.deepEqual((await certificateOf(outcome, asked)).serial, committed?.serial);
    assert.equal(await certificatesIn(again.parts), 1);
  });

  const bent = (change: (asked: Awaited<ReturnType<typeof requestOf>>) => Uint8Array) => async () => {
    const w = await fresh();
    const asked = await requestOf(w);
    return { w, asked: { ...asked, document: { ...asked.document, payload: change(asked) } } };
  };
  const other = (change: RequestChange) => async () => {
    const w = await fresh();
    return { w, asked: await requestOf(w, change) };
  };
  const REFUSED: readonly (readonly [
    string,
    string,
    () => Promise<{ w: Awaited<ReturnType<typeof fresh>>; asked: Awaited<ReturnType<typeof requestOf>> }>,
  ])[] = [
    ["made with another key", "KEY_PROOF_INVALID", other({ productKey: "50000-00000-00000-00000-00000" })],
    ["with a kid nobody issued", "KEY_UNKNOWN", other({ kid: new Uint8Array(5).fill(7) })],
    ["a renewal with a kid nobody issued", "KEY_UNKNOWN", other({ kid: new Uint8Array(5).fill(7), productKey: "" })],
    [
      "to another publisher",
      "DOCUMENT_FOREIGN",
      other({ publisherId: new Uint8Array(16).fill(9) } as Partial<RequestContext>),
    ],
    [
      "with one bit changed",
      "SIGNATURE_INVALID",
      bent(({ document }) => document.payload.map((byte, i) => (i === document.payload.length - 1 ? byte ^ 1 : byte))),
    ],
    ["cut short", "DOCUMENT_MALFORMED", bent(({ document }) => document.payload.slice(0, -1))],
  ];
  for (const [what, reason, make] of REFUSED) {
    test(`${name}: a request ${what} is ${reason}, and nothing is written`, async () => {
      const { w, asked } = await make();
      const before = (await w.parts.store.log()).length;
      assert.equal(await reasonOf(asked, w), reason);
      assert.equal((await w.parts.store.log()).length, before);
    });
  }

  test(`${name}: a request over 4 KiB is DOCUMENT_TOO_LARGE, signed as it may be`, async () => {
    const w = await fresh();
    const signer = drawKey();
    const asked = await requestOf(w, { signer });
    const unknownField = concatBytes(Uint8Array.of(0x7a, 0x88, 0x27), new Uint8Array(5000));
    const payload = concatBytes(asked.document.payload, unknownField);
    const document = await signDocument("activationRequest", payload, [signer], cryptography.sha256).catch(() => ({
      ...asked.document,
      payload,
    }));
    assert.equal(await reasonOf({ ...asked, document }, w), "DOCUMENT_TOO_LARGE");
  });

  test(`${name}: a revoked key activates nothing, renews nothing and repeats nothing`, async () => {
    const w = await fresh();
    const signer = drawKey();
    const asked = await requestOf(w, { signer });
    const { serial, hostId } = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked);
    await w.parts.store.transact(async (unit) => {
      const row = await unit.key(w.kid);
      assert.ok(row);
      await unit.saveKey({ ...row, revokedMs: Date.now() });
    });
    const renewal = {
      hostId,
      signer,
      productKey: "",
      previousCertificateSerial: serial,
      renewalSeq: 1,
    } as RequestChange;
    assert.equal(await reasonOf(await requestOf(w), w), "KEY_REVOKED");
    assert.equal(await reasonOf(await requestOf(w, renewal), w), "KEY_REVOKED");
    assert.equal(await reasonOf(asked, w), "KEY_REVOKED");
  });

  test(`${name}: a newer or server key covers what is below it in its application, and nothing above`, async () => {
    const w = await fresh();
    const define = (productName: string, generation: number, productClass: "client" | "server") =>
      defineProduct({ applicationId: w.applicationId, name: productName, generation, productClass }, w.parts);
    const newer = await define("Editor Pro 2", 2, "client");
    const server = await define("Editor Server", 1, "server");
    const covers = async (keyGroup: number) => {
      const { productKey, row } = await issueHostKey({ keyGroup }, w.parts);
      const asked = await requestOf({ ...w, productKey, kid: row.kid });
      return (await certificateOf(await activateHost(asked.document, desk(), w.parts), asked)).keyGroups;
    };
    assert.deepEqual(await covers(w.product.keyGroup), [w.product.keyGroup]);
    assert.deepEqual(await covers(newer.keyGroup), [w.product.keyGroup, newer.keyGroup]);
    assert.deepEqual(await covers(server.keyGroup), [w.product.keyGroup, server.keyGroup]);
  });

  test(`${name}: a creation that was cut off is taken up with the keys it drew`, async () => {
    const parts = emptyParts(open().store);
    const cutOff = { ...parts, cryptography: { ...cryptography, random: () => assert.fail("the power is gone") } };
    const wanted = { name: "Example", serviceUrl: "http://127.0.0.1:1690" };
    await assert.rejects(createPublisher(wanted, cutOff), /the power is gone/);
    const drawn = (await parts.keyring.signer("root")).publicKey;
    await createPublisher(wanted, parts);
    assert.deepEqual((await parts.keyring.signer("root")).publicKey, drawn);
    await assert.rejects(createPublisher(wanted, parts), isRefusal("EXISTS_ALREADY"));
  });
}
