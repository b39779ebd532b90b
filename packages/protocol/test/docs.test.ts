import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { fromHex, parseProductKey, publisherMask, REFUSALS, toHex } from "@countersign/domain";
import {
  ActivateRequestSchema,
  ActivateResponseSchema,
  ActivationService,
} from "../src/gen/countersign/v1/activation_pb.ts";
import {
  leafHash,
  MAX_REQUEST_BYTES,
  merkleTree,
  narrowActivateRequest,
  PAYLOAD_TYPE,
  type PayloadType,
  readDocument,
  readTimeToken,
  trustedKey,
  verifyDocument,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted } from "./refused.ts";

const DOCS = join(import.meta.dirname, "../../../docs/protocol");
const { sha256 } = nodeCryptography;
const pageOf = (name: string) => readFileSync(join(DOCS, name), "utf8");
const hex = (text: string | undefined) => fromHex((text ?? "").replaceAll(/\s/g, "")) ?? assert.fail(text);
const block = (page: string, language: string) =>
  new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\`(?![\\s\\S]*\`\`\`${language}\n)`).exec(page)?.[1] ?? assert.fail();
/** Cells of every row of a page's tables, without what Markdown adds. */
const rowsOf = (page: string) =>
  [...page.matchAll(/^\| (.*) \|$/gm)].map(([, row = ""]) => row.split(" | ").map((cell) => cell.replaceAll("`", "")));

describe("docs/protocol", () => {
  it("has pages of at most 150 lines, all of them named in its index", () => {
    const index = pageOf("README.md");
    for (const name of readdirSync(DOCS)) {
      assert.ok(pageOf(name).split("\n").length <= 150, name);
      assert.ok(name === "README.md" || index.includes(`(${name})`), name);
    }
  });

  it("lists every payload type with its signer and its limit", () => {
    const signers: Readonly<Record<string, string>> = {
      "root-set": "the threshold of the set before and of this one",
      "key-manifest": "the threshold of the newest root set",
      "activation-request": "the host key that it names",
    };
    const signerOf = ({ signedBy, usage }: PayloadType, suffix: string) => {
      if (signedBy === "issuing") return `an issuing key of usage ${usage}`;
      return signedBy === "leaf" ? "a leaf of a batch head" : (signers[suffix] ?? `the ${signedBy} key`);
    };
    const rows = Object.values(PAYLOAD_TYPE).map((row) => {
      const suffix = row.type.slice("application/vnd.countersign.".length, -".v1".length);
      return [suffix, signerOf(row, suffix), String(row.maxBytes)];
    });
    assert.deepEqual(rowsOf(pageOf("documents.md")).slice(1), rows);
  });

  it("lists every method, and every field of request and reply by number", () => {
    const page = pageOf("activation-rpc.md");
    const rows = rowsOf(page);
    const methods = ActivationService.methods.map((method) => method.name);
    assert.deepEqual(
      rows.map(([name = ""]) => name).filter((name) => /^[A-Z][a-z]+[A-Za-z]*$/.test(name)),
      methods,
    );
    const fields = [...ActivateRequestSchema.fields, ...ActivateResponseSchema.fields];
    assert.deepEqual(
      rows.filter(([number = ""]) => /^\d+$/.test(number)).map(([number, name]) => `${number} ${name}`),
      fields.map((field) => `${field.number} ${field.name}`),
    );
    assert.ok(page.includes(`At most ${MAX_REQUEST_BYTES} bytes`));
  });

  it("gives every reason the code that the table of refusals gives it", () => {
    const named = [...pageOf("activation-rpc.md").matchAll(/^\| \[([A-Z_]+)\]\(.*\) \| `(\w+)` \|$/gm)];
    assert.ok(named.length > 10);
    for (const [, reason = "", code] of named) {
      const entry = Object.values(REFUSALS).find((row) => row.reason === reason);
      assert.equal(entry?.rpcCode, code, reason);
    }
  });

  it("shows an envelope that verifies", async () => {
    const page = pageOf("documents.md");
    const key = trustedKey(1, hex(/issuing key `([0-9a-f]{64})`/.exec(page)?.[1]), sha256);
    assert.ok(page.includes(`\`${toHex(key.keyId)}\``));
    const document = accepted(readDocument(hex(block(page, "hex"))));
    const payload = accepted(
      await verifyDocument("timeToken", document, { keys: [key], threshold: 1 }, nodeCryptography),
    );
    assert.ok(page.includes(`\`time_ms\` ${accepted(readTimeToken(payload)).timeMs}`));
  });

  it("shows a tree whose hashes are right", () => {
    const page = pageOf("statements.md");
    const shown = (name: string) => hex(new RegExp(`^${name} +([0-9a-f]{64})$`, "m").exec(page)?.[1]);
    const leaves = [
      { name: "lease", payload: shown("payload 0") },
      { name: "countReport", payload: shown("payload 1") },
    ] as const;
    for (const [i, leaf] of leaves.entries()) assert.deepEqual(leafHash(leaf, sha256), shown(`leaf ${i}`));
    assert.deepEqual(merkleTree(leaves, sha256).root, shown("root"));
  });

  it("shows a request that a host takes", () => {
    const message = fromJson(ActivateRequestSchema, JSON.parse(block(pageOf("activation-rpc.md"), "json")));
    accepted(narrowActivateRequest(toBinary(ActivateRequestSchema, message)));
  });

  it("shows product keys that hold", () => {
    const page = pageOf("product-keys.md");
    const mask = publisherMask(hex(/Publisher id `([0-9a-f]{32})`/.exec(page)?.[1]), sha256);
    assert.ok(page.includes(`mask ${mask},`));
    const keys = rowsOf(page).filter(([, , key = ""]) => /^\w{5}(-\w{5}){4}$/.test(key));
    assert.equal(keys.length, 3);
    for (const [kind, kid, text = ""] of keys) {
      const parsed = parseProductKey(text, mask);
      assert.ok(parsed.ok);
      assert.deepEqual([parsed.key.kind, toHex(parsed.key.kid), parsed.key.group], [kind, kid, 7]);
    }
  });
});
