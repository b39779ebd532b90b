import assert from "node:assert/strict";
import { test } from "node:test";
import { newLicenseRecord } from "@countersign/domain";
import fc from "fast-check";
import { decodeTrustedState, encodeTrustedState } from "../src/trusted-state-codec.ts";
import { sampleState } from "./sample-state.ts";

test("a state comes back from its bytes as it was, with every part present", () => {
  assert.deepEqual(decodeTrustedState(encodeTrustedState(sampleState())), sampleState());
});

test("a state comes back as it was with every optional part absent", () => {
  const [product] = sampleState().products;
  assert.ok(product);
  const bare = {
    ...sampleState(),
    ...{ previous: undefined, pending: undefined, cachedHost: undefined, reidentifiedMs: [] },
    clock: { ...sampleState().clock, suspectSinceUsedMs: undefined, jump: undefined },
    products: [
      {
        ...product,
        license: newLicenseRecord(),
        ...{ setupKey: undefined, lease: undefined, lineage: [], knownCertificate: undefined, series: undefined },
        ...{ seriesReplacedMs: undefined, lastAnswer: undefined },
      },
    ],
  };
  assert.deepEqual(decodeTrustedState(encodeTrustedState(bare)), bare);
});

test("arbitrary bytes are no state and never an exception (I7)", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => decodeTrustedState(bytes) === undefined));
});
