import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fromHex } from "@countersign/domain";
import { openTrust, verifyStatement } from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { buildVectors } from "../vectors/build-vectors.ts";
import { accepted } from "./refused.ts";

const VECTORS = join(import.meta.dirname, "..", "vectors");
const NO_ED25519_MODULE = 77;

// Debian's own interpreter first: a version manager's may lack the Debian package.
function verifyIn(directory: string) {
  for (const python of ["/usr/bin/python3", "python3"]) {
    const run = spawnSync(python, [join(directory, "verify_vectors.py")], { encoding: "utf8" });
    if (run.error === undefined && run.status !== NO_ED25519_MODULE) return run;
  }
  return undefined;
}

function frozen(name: string): unknown {
  return JSON.parse(readFileSync(join(VECTORS, name), "utf8"));
}

function bytesOf(record: object, name: string): Uint8Array {
  const bytes = fromHex(String(Object.entries(record).find(([field]) => field === name)?.[1]));
  assert.ok(bytes !== undefined && bytes.length > 0);
  return bytes;
}

describe("the frozen vectors", () => {
  it("still come out of today's code, byte for byte", async () => {
    const built = await buildVectors();
    assert.deepEqual(Object.keys(built).length, 5);
    for (const [name, vectors] of Object.entries(built)) {
      assert.deepEqual(JSON.parse(JSON.stringify(vectors)), frozen(name), name);
    }
  });

  it("hold a reply that passes the whole of §5.3", async () => {
    const chain = frozen("chain.json");
    assert.ok(chain !== null && typeof chain === "object" && "asked" in chain && "nowMs" in chain);
    const { asked, nowMs } = chain;
    assert.ok(asked !== null && typeof asked === "object" && "productId" in asked && "keyGroup" in asked);
    const trust = accepted(await openTrust(bytesOf(chain, "trustBundle"), nodeCryptography));
    const question = {
      asked: {
        cmid: bytesOf(asked, "cmid"),
        fingerprint: bytesOf(asked, "fingerprint"),
        nonce: bytesOf(asked, "nonce"),
        productId: Number(asked.productId),
        keyGroup: Number(asked.keyGroup),
      },
      trust,
      wallMs: Number(nowMs),
      floorMs: 0,
      knownCertificate: undefined,
    };
    const verified = accepted(await verifyStatement(bytesOf(chain, "activateResponse"), question, nodeCryptography));
    assert.equal(verified.statement.kind, "lease");
  });

  it("hold for a verifier in another language that shares no code with this one", (t) => {
    const run = verifyIn(VECTORS);
    if (run === undefined) {
      assert.equal(process.env["CI"], undefined, "expected python3-cryptography or python3-nacl in CI, found neither");
      t.skip("neither python3-cryptography nor python3-nacl is installed");
      return;
    }
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^\d{3} checks hold\n$/);
  });

  it("fail in that verifier when one hexadecimal digit of any file changes", (t) => {
    if (verifyIn(VECTORS) === undefined) {
      t.skip("neither python3-cryptography nor python3-nacl is installed");
      return;
    }
    const changes: readonly (readonly [file: string, field: string])[] = [
      ["primitives.json", "keyId"],
      ["statements.json", "leafHash"],
      ["merkle.json", "root"],
      ["chain.json", "activateResponse"],
      ["chain.json", "trustBundle"],
      ["product-keys.json", "tag"],
    ];
    for (const [file, field] of changes) {
      const directory = mkdtempSync(join(tmpdir(), "countersign-vectors-"));
      try {
        cpSync(VECTORS, directory, { recursive: true });
        const text = readFileSync(join(directory, file), "utf8");
        const at = text.lastIndexOf(`"${field}": "`) + field.length + 5 + 8;
        const digit = text[at] === "0" ? "1" : "0";
        writeFileSync(join(directory, file), text.slice(0, at) + digit + text.slice(at + 1));
        assert.equal(verifyIn(directory)?.status, 1, `${file} ${field}`);
      } finally {
        rmSync(directory, { recursive: true });
      }
    }
  });
});
