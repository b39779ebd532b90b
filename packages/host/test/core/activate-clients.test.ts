import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes } from "@countersign/domain";
import { narrowActivateRequest, openTrust, REQUEST_FLAG, verifyStatement } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { type HostStore, type HostUnit, StoreFault } from "@countersign/storage";
import fc from "fast-check";
import { lineageName } from "../../src/core/seat.ts";
import {
  type Answer,
  answerOf,
  ask,
  askBytes,
  contentsOf,
  createWorld,
  DAY_MS,
  firstOf,
  newMachine,
  openHost,
  pass,
  START_MS,
} from "./world.ts";

const world = await createWorld();
const product = firstOf(world.products);
const answersOf = async (host: Parameters<typeof ask>[0], requests: readonly Uint8Array[]) =>
  (await Promise.all(requests.map((bytes) => ask(host, bytes)))).map(answerOf);
const saysOf = ({ kind, count }: Answer) => `${kind} ${count}`;

/** What the 1st to 25th machine of a batch are told; `flags` bends what the host sees of them. */
async function toldIn25(flags: number): Promise<{ readonly told: readonly string[]; readonly units: number }> {
  let units = 0;
  const counting = (store: HostStore): HostStore => ({
    ...store,
    transact: (work) => {
      units++;
      return store.transact(work);
    },
  });
  const { host } = await openHost([world], { wrapStore: counting });
  units = 0;
  const answers = await answersOf(
    host,
    Array.from({ length: 25 }, () => askBytes(newMachine(), product, { flags })),
  );
  return { told: answers.map(saysOf), units };
}

const TOLD_IN_25 = [...Array.from({ length: 24 }, (_, i) => `count-report ${i + 1}`), "lease 25"];

test("25 machines in one batch are decided in the order they came, each counting those before it and itself", async () => {
  assert.deepEqual(await toldIn25(0), { told: TOLD_IN_25, units: 1 });
});

test("mutant: a host that does not count the asker (it takes each for EPHEMERAL) fails that test", async () => {
  assert.notDeepEqual((await toldIn25(REQUEST_FLAG.ephemeral)).told, TOLD_IN_25);
});

test("I5: for one order of arrival, where a batch ends does not change a leaf, a row or an event", async () => {
  const many = await createWorld([
    { requiredCount: 1 },
    { requiredCount: 3 },
    { requiredCount: 9, productClass: "server" },
  ]);
  // Waves of distinct machines: two requests of one machine never share a batch, which is an order of its own.
  const wave = fc.uniqueArray(fc.record({ machine: fc.nat(29), product: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 2) }), {
    selector: ({ machine }) => machine,
    ...{ maxLength: 30, size: "max" },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(wave, { maxLength: 3 }), fc.integer({ min: 2, max: 9 }), async (waves, few) => {
      const machines = Array.from({ length: 30 }, newMachine);
      const requests = waves.map((asks) =>
        asks.map((at) => askBytes(machines[at.machine] ?? newMachine(), many.products[at.product] ?? product)),
      );
      const [one, some, all] = await Promise.all(
        [1, few, 256].map(async (maxBatch) => {
          const { host, store } = await openHost([many], { seed: 7, limits: { maxBatch } });
          const leaves: string[] = [];
          for (const asks of requests) leaves.push(...(await answersOf(host, asks)).map(({ leaf }) => leaf));
          const { counters } = await contentsOf(store);
          return { leaves, counters, events: await store.events({ afterId: 0, limit: 1000, eventIds: [12290] }) };
        }),
      );
      assert.deepEqual(some, one);
      assert.deepEqual(all, one);
    }),
    { numRuns: 20 },
  );
});

test("a request that requires more than all before it in its batch is counted exactly", async () => {
  const mixed = await createWorld([{ requiredCount: 1 }, { requiredCount: 9, productClass: "server" }]);
  const [small, large] = mixed.products;
  assert.ok(small && large);
  const { host } = await openHost([mixed]);
  const asks = [...Array.from({ length: 12 }, () => askBytes(newMachine(), small)), askBytes(newMachine(), large)];
  assert.equal((await answersOf(host, asks)).map(saysOf).at(-1), "lease 13");
});

/** A store whose units fail while `broken.is`; `early` = the mutant that gives its result before the commit is sure. */
function failing(broken: { is: boolean; early: boolean }) {
  const fault = () => new StoreFault("full", "host.db: disk is full", "free space");
  return (store: HostStore): HostStore => ({
    ...store,
    transact: <T>(work: (unit: HostUnit) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        store
          .transact(async (unit) => {
            const result = await work(unit);
            if (broken.is && broken.early) resolve(result);
            if (broken.is) throw fault();
            return result;
          })
          .then(resolve, reject);
      }),
  });
}

/** What a host tells 10 machines whose commit fails, what that leaves behind, and what it tells the next 5. */
async function toldWhenCommitFails(early: boolean) {
  const broken = { is: false, early };
  const { host, store } = await openHost([world], { wrapStore: failing(broken) });
  const asks = (n: number) => Array.from({ length: n }, () => askBytes(newMachine(), product));
  await answersOf(host, asks(3));
  const before = await contentsOf(store);
  broken.is = true;
  const refused = await answersOf(host, asks(10));
  broken.is = false;
  assert.deepEqual(await contentsOf(store), before, "a batch that was not committed leaves nothing");
  return {
    refused: [...new Set(refused.map(({ kind, reason }) => `${kind} ${reason}`))],
    next: await answersOf(host, asks(5)),
  };
}

test("a commit that fails: nobody is told a statement, and the next batch counts exactly", async () => {
  const { refused, next } = await toldWhenCommitFails(false);
  assert.deepEqual(refused, ["refused STORE_UNAVAILABLE"]);
  assert.deepEqual(
    next.map(saysOf),
    [4, 5, 6, 7, 8].map((count) => `count-report ${count}`),
  );
});

test("mutant: a host that signs before it commits fails that test", async () => {
  const { refused } = await toldWhenCommitFails(true);
  assert.notDeepEqual(refused, ["refused STORE_UNAVAILABLE"]);
});

test("a key that does not sign: SIGNER_UNAVAILABLE for the batch, its state committed; the same bytes then get that seq and lease id", async () => {
  const broken = { is: false };
  const { host, store, clock } = await openHost([world], {
    wrapKeyring: (keyring) => ({
      ...keyring,
      signer: async (name) => {
        const signer = await keyring.signer(name);
        const sign = async (message: Uint8Array) => {
          if (broken.is) throw new Error("the token was pulled out");
          return signer.sign(message);
        };
        return { ...signer, sign };
      },
    }),
  });
  const asks = Array.from({ length: 6 }, () => askBytes(newMachine(), product));
  broken.is = true;
  const refused = await answersOf(host, asks);
  assert.deepEqual([...new Set(refused.map(({ reason }) => reason))], ["SIGNER_UNAVAILABLE"]);
  assert.equal((await store.rowCounts()).machines, 6);
  const events = await store.rowCounts().then((rows) => rows.events);
  broken.is = false;
  pass(clock, 5000);
  const answers = await answersOf(host, asks);
  assert.deepEqual(
    answers.map(({ seq, count, issuedMs }) => [seq, count, issuedMs]),
    asks.map((_, i) => [1, i + 1, START_MS]),
  );
  assert.equal((await store.rowCounts()).events, events, "a repeat is no event of its own");
  const again = await answersOf(host, asks);
  assert.deepEqual(again, answers, "I23: same bytes, identical leaf");
});

test("I23: after an hour the same bytes get the same seq and lease id with a new time and count", async () => {
  const { host, clock } = await openHost([world]);
  const [bytes, other] = [askBytes(newMachine(), product), askBytes(newMachine(), product)];
  const [first] = await answersOf(host, [bytes, other]);
  pass(clock, 3_600_000);
  const [later] = await answersOf(host, [bytes]);
  assert.ok(first && later);
  assert.deepEqual([later.seq, later.leaseId], [first.seq, first.leaseId]);
  assert.deepEqual([first.count, later.count, later.issuedMs], [1, 2, START_MS + 3_600_000]);
});

test("I24 I46: a batch of dropped requests only writes nothing, the clock's record included", async () => {
  const { host, store, clock } = await openHost([world]);
  const machine = newMachine();
  const nonce = nodeCryptography.random(32);
  await answersOf(host, [askBytes(machine, product, { nonce })]);
  const before = await contentsOf(store);
  pass(clock, DAY_MS / 8);
  const dropped = await answersOf(host, [askBytes(machine, product, { nonce, clientName: "other" })]);
  assert.deepEqual(
    dropped.map(({ reason }) => reason),
    ["NONCE_REUSED"],
  );
  assert.deepEqual(await contentsOf(store), before);
});

test("row, event, leaf and clock record of a batch carry one instant, however the clocks run meanwhile", async () => {
  const restless = { wallMs: START_MS, monotonicMs: 1000 };
  const read = (which: keyof typeof restless) => {
    pass(restless, 1);
    return restless[which];
  };
  const { host, store } = await openHost([world], {
    parts: { clock: { wallMs: () => read("wallMs"), monotonicMs: () => read("monotonicMs") } },
  });
  const machine = newMachine();
  const [answer] = await answersOf(host, [askBytes(machine, product)]);
  const row = await store.machine({ seat: 1, cmid: machine.cmid, productId: product.productId });
  const [event] = await store.events({ afterId: 0, limit: 1, eventIds: [12290] });
  const { guardedMs } = JSON.parse((await store.clock()) ?? "{}");
  assert.deepEqual(
    [row?.lastSeenMs, row?.firstSeenMs, row?.statementIssuedMs, event?.timeMs, answer?.issuedMs],
    Array(5).fill(guardedMs),
  );
});

test("looking at the status at an instant that is never committed does not change what is counted", async () => {
  const { host, clock } = await openHost([world]);
  await answersOf(host, [askBytes(newMachine(), product)]);
  for (let day = 0; day < 29; day++) {
    pass(clock, DAY_MS);
    await answersOf(host, [askBytes(newMachine(), product)]);
  }
  pass(clock, DAY_MS - 3_600_000);
  const counted = async () => (await host.status()).seats[0]?.counts[0]?.currentCount;
  assert.equal(await counted(), 30);
  clock.wallMs += 2 * 3_600_000;
  assert.equal(await counted(), 29);
  clock.wallMs -= 2 * 3_600_000;
  assert.equal(await counted(), 30);
});

test("a clock an administrator accepts stays accepted, whatever batches run meanwhile", async () => {
  const { host, store, clock } = await openHost([world]);
  await answersOf(host, [askBytes(newMachine(), product)]);
  clock.wallMs += 40 * DAY_MS;
  const asks = () => answersOf(host, [askBytes(newMachine(), product), askBytes(newMachine(), product)]);
  await asks();
  assert.equal((await host.status()).clockSuspect, true);
  await Promise.all([asks(), host.acceptClock(), asks(), host.acceptClock(), asks()]);
  assert.equal((await host.status()).clockSuspect, false);
  assert.equal(JSON.parse((await store.clock()) ?? "{}").guardedMs, clock.wallMs);
});

test("publishers of one host are counted apart, sign with certificates of their own, and number each machine apart", async () => {
  const second = await createWorld([{ requiredCount: 2 }]);
  const { host, store } = await openHost([world, second]);
  const [theirs] = second.products;
  assert.ok(theirs);
  const machine = newMachine();
  const ofFirst = { publisherId: world.publisherId };
  const ofSecond = { publisherId: second.publisherId };
  const answers: Answer[] = [];
  for (const bytes of [
    askBytes(machine, product, ofFirst),
    askBytes(newMachine(), product, ofFirst),
    askBytes(newMachine(), product, ofFirst),
    askBytes(machine, theirs, ofSecond),
    askBytes(newMachine(), theirs, ofSecond),
  ])
    answers.push(...(await answersOf(host, [bytes])));
  assert.deepEqual(answers.map(saysOf), [
    "count-report 1",
    "count-report 2",
    "count-report 3",
    "count-report 1",
    "lease 2",
  ]);
  const [a, b] = [answers[0], answers[3]];
  assert.deepEqual([a?.seq, b?.seq], [1, 1]);
  assert.notEqual(a?.leaseId, b?.leaseId);
  const crossed = await answersOf(host, [askBytes(machine, theirs, { ...ofSecond, lineage: a?.lineage ?? [] })]);
  assert.deepEqual(
    [crossed[0]?.seq, crossed[0]?.kind],
    [1, "lease"],
    "the first publisher's lease id proves nothing to the second",
  );
  assert.equal((await store.counters(1)).total, 3);
  assert.equal((await store.counters(2)).total, 3);
  for (const [asked, bytes] of [
    [world, askBytes(newMachine(), product, ofFirst)],
    [second, askBytes(newMachine(), theirs, ofSecond)],
  ] as const) {
    const reply = await ask(host, bytes);
    assert.ok(reply.ok);
    assert.equal(await verifiesUnder(asked.trustFile, reply.body, bytes), true);
    assert.equal(await verifiesUnder(asked === world ? second.trustFile : world.trustFile, reply.body, bytes), false);
  }
});

test("a publisher whose key or secret is broken does not fail the requests of another in the same batch", async () => {
  const second = await createWorld([{ requiredCount: 2 }]);
  const [theirs] = second.products;
  assert.ok(theirs);
  const poisoned: { secret: Uint8Array } = { secret: new Uint8Array() };
  const { host, store, keyring } = await openHost([world, second], {
    parts: {
      cryptography: {
        ...nodeCryptography,
        hmacSha256: (key, message) => {
          if (equalBytes(key, poisoned.secret)) throw new Error("a poisoned seat");
          return nodeCryptography.hmacSha256(key, message);
        },
      },
    },
  });
  poisoned.secret = await keyring.secret(lineageName(second.publisherId));
  const asks = [
    askBytes(newMachine(), product, { publisherId: world.publisherId }),
    askBytes(newMachine(), theirs, { publisherId: second.publisherId }),
    askBytes(newMachine(), product, { publisherId: world.publisherId }),
  ];
  const answers = await answersOf(host, asks);
  assert.deepEqual(
    answers.map(({ kind, reason, count }) => `${kind} ${reason}${count}`),
    ["count-report 1", "refused INTERNAL_FAULT0", "count-report 2"],
  );
  assert.equal((await store.rowCounts()).machines, 2);
  assert.equal((await store.counters(1)).total, 2);
});

async function verifiesUnder(trustFile: Uint8Array, reply: Uint8Array, bytes: Uint8Array): Promise<boolean> {
  const trust = await openTrust(trustFile, nodeCryptography);
  const asked = narrowActivateRequest(bytes);
  assert.ok(trust.ok && asked.ok);
  const at = { trust: trust.value, wallMs: START_MS, floorMs: 0, knownCertificate: undefined };
  return (await verifyStatement(reply, { asked: asked.value, ...at }, nodeCryptography)).ok;
}
