import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Gate, gateOf } from "../../src/probes/gate.ts";

/** Opens all works at once and ends them one after the other in the drawn order; the most that were inside together. */
async function mostInside(gate: Gate, works: number, failing: readonly boolean[]): Promise<number> {
  let [inside, most] = [0, 0];
  const running = Array.from({ length: works }, (_, i) =>
    gate(async () => {
      most = Math.max(most, ++inside);
      for (let turn = 0; turn <= i % 3; turn++) await Promise.resolve();
      inside--;
      if (failing[i] === true) throw new Error("a probe that fails");
      return i;
    }),
  );
  const ended = await Promise.allSettled(running);
  ended.forEach((one, i) => {
    assert.equal(one.status, failing[i] === true ? "rejected" : "fulfilled");
  });
  return most;
}

describe("the gate before the network", () => {
  it("lets so many through at once and no more, and everybody in the end, whoever fails", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 17, max: 60 }),
        fc.array(fc.boolean()),
        async (most, works, failing) => {
          const gate = gateOf(most);
          assert.equal(await mostInside(gate, works, failing), most);
          assert.equal(await mostInside(gate, works, failing), most);
        },
      ),
    );
  });

  it("a gate that loses a place to a failure is caught", async () => {
    const losing: (most: number) => Gate = (most) => {
      let inside = 0;
      const waiting: (() => void)[] = [];
      return async (work) => {
        if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve));
        inside++;
        const result = await work();
        inside--;
        waiting.shift()?.();
        return result;
      };
    };
    const gate = losing(1);
    await assert.rejects(gate(() => Promise.reject(new Error("a probe that fails"))));
    let isThrough = false;
    void gate(async () => {
      isThrough = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isThrough, false);
  });
});
