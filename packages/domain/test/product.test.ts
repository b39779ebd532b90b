import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Application,
  coveredKeyGroups,
  DEFAULT_POLICY,
  isAtLeastVersion,
  type Product,
  type ProductClass,
  requiredCountOf,
} from "../src/index.ts";

/** A product of a key group, with the rest as a publisher would have it. */
function product(keyGroup: number, productClass: ProductClass, generation: number): Product {
  return {
    productId: 100 * keyGroup + generation,
    activationId: new Uint8Array(16).fill(keyGroup),
    name: `edition ${keyGroup}`,
    description: "",
    keyGroup,
    productClass,
    generation,
    channels: ["volume"],
    requiredCount: DEFAULT_POLICY.requiredCount[productClass],
    maxValidityS: DEFAULT_POLICY.validityS,
    renewalS: DEFAULT_POLICY.renewalS,
    retryS: DEFAULT_POLICY.retryS,
    initialGraceS: DEFAULT_POLICY.initialGraceS,
    additionalGraceS: DEFAULT_POLICY.additionalGraceS,
    rearms: DEFAULT_POLICY.rearms,
    setupKeyIds: [],
    leastHostVersion: "",
  };
}

const application = (products: readonly Product[]): Application => ({
  applicationId: new Uint8Array(16).fill(1),
  name: "office",
  products,
});
const OFFICE = application([
  ...[product(10, "client", 1), product(11, "client", 2), product(12, "client", 3)],
  ...[product(20, "server", 1), product(21, "server", 2), product(22, "server", 3)],
]);

test("a client-class host key serves its own generation and every older one of clients, and no server", () => {
  assert.deepEqual(coveredKeyGroups(OFFICE, 10), [10]);
  assert.deepEqual(coveredKeyGroups(OFFICE, 11), [10, 11]);
  assert.deepEqual(coveredKeyGroups(OFFICE, 12), [10, 11, 12]);
});

test("a server-class host key also serves clients, of its own generation and older", () => {
  assert.deepEqual(coveredKeyGroups(OFFICE, 20), [10, 20]);
  assert.deepEqual(coveredKeyGroups(OFFICE, 21), [10, 11, 20, 21]);
  assert.deepEqual(coveredKeyGroups(OFFICE, 22), [10, 11, 12, 20, 21, 22]);
});

test("a newer key loses no older client, and a newer product waits for a newer key", () => {
  for (const [older, newer] of [[10, 11] as const, [11, 12] as const, [20, 21] as const]) {
    const before = coveredKeyGroups(OFFICE, older);
    assert.deepEqual(
      coveredKeyGroups(OFFICE, newer).filter((group) => before.includes(group)),
      before,
    );
    assert.ok(!before.includes(newer));
  }
});

test("a key group is as new and as high as the newest and highest product in it: one old product opens none of it", () => {
  const mixed = application([product(10, "client", 2), product(30, "client", 1), product(30, "client", 3)]);
  assert.deepEqual(coveredKeyGroups(mixed, 10), [10]);
  const classes = application([product(10, "client", 2), product(31, "client", 1), product(31, "server", 1)]);
  assert.deepEqual(coveredKeyGroups(classes, 10), [10]);
});

test("a key group without a product covers itself alone", () => {
  assert.deepEqual(coveredKeyGroups(OFFICE, 99), [99]);
  assert.deepEqual(coveredKeyGroups(application([]), 99), [99]);
});

test("versions compare number by number, and an empty one asks for nothing", () => {
  for (const [version, least, enough] of [
    ["1.2.3", "1.2.3", true],
    ["1.2.3", "1.2.4", false],
    ["1.10.0", "1.9.9", true],
    ["2.0.0", "10.0.0", false],
    ["1.2", "1.2.0", true],
    ["1.2", "1.2.1", false],
    ["1.2.3", "1", true],
    ["0.0.0", "", true],
    ["unknown", "0.1.0", false],
    ["1.2.3-beta", "1.2.3", false],
  ] as const) {
    assert.equal(isAtLeastVersion(version, least), enough, `${version} for ${least || "any"}`);
  }
});

test("the numbers where a publisher says nothing are those administrators know", () => {
  const minutes = (seconds: number) => seconds / 60;
  assert.deepEqual(DEFAULT_POLICY.requiredCount, { client: 25, server: 5 });
  assert.equal(minutes(DEFAULT_POLICY.validityS), 259_200);
  assert.equal(minutes(DEFAULT_POLICY.renewalS), 10_080);
  assert.equal(minutes(DEFAULT_POLICY.retryS), 120);
  assert.equal(minutes(DEFAULT_POLICY.initialGraceS), 43_200);
  assert.equal(minutes(DEFAULT_POLICY.additionalGraceS), 43_200);
  assert.equal(DEFAULT_POLICY.rearms, 3);
  assert.equal(DEFAULT_POLICY.jitterPct, 10);
});

test("a site grant for the key group goes before the policy, a grant for another group does not", () => {
  assert.equal(requiredCountOf(product(10, "client", 1), new Map()), 25);
  assert.equal(requiredCountOf(product(10, "client", 1), new Map([[10, 2]])), 2);
  assert.equal(requiredCountOf(product(10, "client", 1), new Map([[11, 2]])), 25);
});
