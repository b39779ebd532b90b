import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  declinesService,
  type Fraction,
  MAX_TARGETS,
  orderTargets,
  publisherTag,
  readDomain,
  type ServiceRecord,
  serviceNames,
} from "../src/index.ts";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const record = fc.record<ServiceRecord>({
  priority: fc.integer({ min: 0, max: 3 }),
  weight: fc.constantFrom(0, 0, 1, 2, 100, 65_535),
  port: fc.constantFrom(0, 1688, 65_535),
  target: fc.constantFrom("", "a.example", "b.example", "c.example"),
});

test("a publisher's tag is the first 8 symbols of base32 of SHA-256 of its id", () => {
  // `head -c16 /dev/zero | sha256sum`, its first 5 bytes 37 47 08 ff f7, through `base32`.
  assert.equal(publisherTag(new Uint8Array(16), sha256), "g5dqr77x");
  assert.deepEqual(serviceNames("corp.example.", "g5dqr77x"), {
    own: "_g5dqr77x._sub._countersign._tcp.corp.example",
    generic: "_countersign._tcp.corp.example",
  });
});

test("a domain is labels of DNS, in lower case and without the final dot; what could not carry our names is none", () => {
  assert.equal(readDomain(" Corp.Example. "), "corp.example");
  assert.equal(readDomain("xn--bcher-kva.example"), "xn--bcher-kva.example");
  for (const bad of ["", ".", "a..b", "-a.example", "bücher.example", "a b.example", `${"a".repeat(64)}.example`])
    assert.equal(readDomain(bad), undefined, bad);
  const long = `${"a".repeat(60)}.`.repeat(3);
  assert.equal(readDomain(`${long}${"b".repeat(35)}`)?.length, 218);
  assert.equal(readDomain(`${long}${"b".repeat(60)}`), undefined);
});

test("every record that leads somewhere is asked once, in ascending priority", () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 40 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true })),
      (records, draws) => {
        const ordered = orderTargets(records, () => draws.next().value);
        const usable = records.filter(({ target, port }) => target !== "" && port > 0);
        assert.equal(ordered.length, usable.length);
        assert.deepEqual(new Set(ordered), new Set(usable));
        for (const [i, { priority }] of ordered.entries()) assert.ok(priority >= (ordered[i - 1]?.priority ?? 0));
      },
    ),
  );
});

test("within a priority a record without weight is asked only when none with a weight is left", () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 12 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true })),
      (records, draws) => {
        const ordered = orderTargets(
          records.map((one) => ({ ...one, priority: 0 })),
          () => draws.next().value,
        );
        const firstZero = ordered.findIndex(({ weight }) => weight === 0);
        if (firstZero >= 0) assert.ok(ordered.slice(firstZero).every(({ weight }) => weight === 0));
      },
    ),
  );
});

/** Upper bound of χ² that chance passes once in a million draws of such a test (p > 1e-6), by degrees of freedom. */
const CHI_SQUARED_1E6 = { 2: 27.63, 3: 30.66 } as const;

for (const weights of [
  [1, 1, 1],
  [60, 30, 10],
  [1, 2, 3, 4],
]) {
  test(`100,000 seeded draws follow the weights ${weights.join(" ")} (χ², p > 1e-6)`, () => {
    const draws = 100_000;
    const records = weights.map((weight, i) => ({ priority: 5, weight, port: 1688, target: `h${i}.example` }));
    const counts = weights.map(() => 0);
    const fraction = seeded(20_261_125);
    for (let i = 0; i < draws; i++) {
      const first = orderTargets(records, fraction)[0]?.target ?? "";
      const place = Number(first.slice(1, -8));
      counts[place] = (counts[place] ?? 0) + 1;
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const chiSquared = weights.reduce((sum, weight, i) => {
      const expected = (draws * weight) / total;
      return sum + ((counts[i] ?? 0) - expected) ** 2 / expected;
    }, 0);
    assert.ok(chiSquared < CHI_SQUARED_1E6[weights.length === 3 ? 2 : 3], `χ² ${chiSquared}: ${counts}`);
  });
}

/** mulberry32: the same draws for a seed on every machine. */
function seeded(seed: number): () => Fraction {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("the target `.` declines the service, whatever its port; sixteen hosts are the most of one attempt", () => {
  const declined = { priority: 0, weight: 0, port: 0, target: "" };
  assert.equal(declinesService([declined]), true);
  assert.equal(declinesService([]), false);
  assert.equal(declinesService([declined, { ...declined, target: "a.example", port: 1688 }]), false);
  assert.equal(MAX_TARGETS, 16);
});
