// I23, I25, I27 and I28 of protocol.md §12.2 on the real host: an arbitrary network, and whoever reads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes } from "@countersign/domain";
import { type LineageClaim, REQUEST_FLAG } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import type { HostStore, MachineRow } from "@countersign/storage";
import fc from "fast-check";
import {
  type Answer,
  answerOf,
  ask,
  askBytes,
  createWorld,
  DAY_MS,
  firstOf,
  type HostChange,
  type Machine,
  newMachine,
  openHost,
  pass,
  START_MS,
} from "./world.ts";

const world = await createWorld([{ requiredCount: 1 }, { requiredCount: 3, productClass: "server" }]);
const product = firstOf(world.products);

interface Sending {
  readonly fate: "request lost" | "reply lost" | "answered";
  /** Which earlier requests arrive once more before this one. */
  readonly copies: readonly number[];
  readonly hours: number;
}

/** What may become of one sending: lost before the host, answered into the void, or answered; and late copies of older ones. */
const sendings: fc.Arbitrary<readonly Sending[]> = fc.array(
  fc.record({
    fate: fc.constantFrom<Sending["fate"][]>("request lost", "reply lost", "reply lost", "answered"),
    copies: fc.array(fc.nat(30), { maxLength: 3 }),
    hours: fc.nat(100),
  }),
  { maxLength: 40, size: "max" },
);

/** A client that keeps its bytes until it is answered, and presents what it holds. Gives the kinds it was told. */
async function lifeOfOneClient(steps: readonly Sending[], change: HostChange = {}) {
  const { host, clock } = await openHost([world], change);
  const machine = newMachine();
  const sent: Uint8Array[] = [];
  const answers: Answer[] = [];
  let held: readonly LineageClaim[] = [];
  let outstanding: Uint8Array | undefined;
  const ids = new Map<Uint8Array, string>();
  for (const { fate, copies, hours } of steps) {
    pass(clock, hours * 3_600_000);
    for (const copy of copies) {
      const older = sent[copy];
      if (older !== undefined) await ask(host, older);
    }
    outstanding ??= askBytes(machine, product, { lineage: held });
    if (sent.at(-1) !== outstanding) sent.push(outstanding);
    if (fate === "request lost") continue;
    const answer = answerOf(await ask(host, outstanding));
    const id = `${answer.seq} ${answer.leaseId}`;
    if (answer.kind === "lease") assert.equal(ids.get(outstanding) ?? id, id, "I23: same bytes, same seq and lease id");
    ids.set(outstanding, id);
    answers.push(answer);
    if (fate === "reply lost") continue;
    held = answer.lineage;
    outstanding = undefined;
  }
  return answers;
}

test("I25 I23: a sequential client that keeps its bytes is never told to re-identify, whatever is lost, doubled or late", async () => {
  await fc.assert(
    fc.asyncProperty(sendings, async (steps) => {
      for (const { kind, reason } of await lifeOfOneClient(steps)) assert.equal(`${kind}${reason}`, "lease");
    }),
    { numRuns: 60 },
  );
});

/** The mutant of the two laws: a store whose host remembers only the newest request, stale or not. */
const forgetful = (store: HostStore): HostStore => ({
  ...store,
  transact: (work) =>
    store.transact((unit) =>
      work({
        ...unit,
        saveMachines: (rows) => unit.saveMachines(rows.map(overwritten)),
      }),
    ),
});
const overwritten = (row: MachineRow): MachineRow =>
  row.resync === undefined
    ? row
    : { ...row, lastNonce: row.resync.nonce, lastRequestHash: row.resync.requestHash, resync: undefined };

test("mutant: a host that lets a stale request replace the newest one in its row fails that law", async () => {
  const answered = { copies: [], hours: 1 };
  const story = [
    { ...answered, fate: "answered" },
    { ...answered, fate: "answered" },
    { ...answered, fate: "reply lost" },
    { ...answered, fate: "reply lost", copies: [0, 1] },
  ] as const;
  const kinds = (await lifeOfOneClient(story, { wrapStore: forgetful })).map(({ kind }) => kind);
  assert.equal(kinds.at(-1), "reidentify");
  assert.equal((await lifeOfOneClient(story)).at(-1)?.kind, "lease");
});

/** One thing an adversary does with a CMID it has seen: everything but the newest lease id. */
const attacks = fc.record({
  components: fc.constantFrom("the victim's", "its own", "none"),
  claim: fc.constantFrom("none", "forged", "older", "ahead"),
  seq: fc.nat(9),
  flags: fc.constantFrom(0, REQUEST_FLAG.ephemeral, REQUEST_FLAG.vm),
  product: fc.nat(1),
  replay: fc.option(fc.nat(20), { freq: 3 }),
});
type Attack = typeof attacks extends fc.Arbitrary<infer T> ? T : never;
const battles = fc.array(
  fc.record({
    attacks: fc.array(attacks, { maxLength: 4 }),
    fate: fc.constantFrom("reply lost", "answered"),
    hours: fc.nat(100),
  }),
  { maxLength: 12, size: "max" },
);
type Battle = typeof battles extends fc.Arbitrary<infer T> ? T : never;

/** The victim's life with and without the attacks: the same host twice, the same bytes. */
async function fought(steps: Battle, change: HostChange = {}) {
  const machine = newMachine();
  const nonces = steps.map(() => nodeCryptography.random(32));
  const run = async (isAttacked: boolean) => {
    const { host, clock, store } = await openHost([world], { seed: 11, ...change });
    const seen: Uint8Array[] = [];
    const ids: LineageClaim[] = [];
    const told: Answer[] = [];
    const row = async () => {
      const found = await store.machine({ seat: 1, cmid: machine.cmid, productId: product.productId });
      return found && { seq: found.seq, lastSeenMs: found.lastSeenMs, counted: found.counted };
    };
    const rows: Awaited<ReturnType<typeof row>>[] = [];
    let held: readonly LineageClaim[] = [];
    let outstanding: Uint8Array | undefined;
    for (const [i, { attacks: several, fate, hours }] of steps.entries()) {
      pass(clock, hours * 3_600_000);
      for (const attack of isAttacked && i > 0 ? several : []) {
        const { reply, presented } = await attackOnce(attack, { host, machine, seen, ids, newest: held });
        assert.notEqual(
          presented && reply.kind === "lease" && reply.seq > (ids[0]?.seq ?? 0),
          true,
          "an attack moved the lineage",
        );
      }
      outstanding ??= askBytes(machine, product, { lineage: held, nonce: nonces[i] ?? machine.cmid });
      const answer = answerOf(await ask(host, outstanding));
      seen.push(outstanding);
      ids.unshift(...answer.lineage);
      told.push(answer);
      rows.push(await row());
      if (fate === "reply lost") continue;
      held = answer.lineage;
      outstanding = undefined;
    }
    return { told, rows };
  };
  return { calm: await run(false), attacked: await run(true) };
}

async function attackOnce(
  attack: Attack,
  at: {
    readonly host: Parameters<typeof ask>[0];
    readonly machine: Machine;
    readonly seen: readonly Uint8Array[];
    /** Newest first. */
    readonly ids: readonly LineageClaim[];
    readonly newest: readonly LineageClaim[];
  },
): Promise<{ readonly reply: Answer; readonly presented: boolean }> {
  const replayed = attack.replay === null ? undefined : at.seen[attack.replay];
  if (replayed !== undefined) return { reply: answerOf(await ask(at.host, replayed)), presented: false };
  const [newest, ...older] = at.ids;
  const stale = older.filter(({ leaseId }) => newest === undefined || !equalBytes(leaseId, newest.leaseId));
  const hostId = newest?.hostId ?? new Uint8Array(16);
  const leaseId = nodeCryptography.random(16);
  const claims: Readonly<Record<Attack["claim"], readonly LineageClaim[]>> = {
    none: [],
    forged: [{ hostId, seq: newest?.seq ?? 1, leaseId }],
    older: stale.slice(attack.seq, attack.seq + 1),
    ahead: [{ hostId, seq: (newest?.seq ?? 1) + 1 + attack.seq, leaseId }],
  };
  const hardware = { "the victim's": at.machine.components, "its own": newMachine().components, none: [] };
  const machine = { cmid: at.machine.cmid, components: hardware[attack.components] };
  const asked = world.products[attack.product] ?? product;
  const bytes = askBytes(machine, asked, { lineage: claims[attack.claim], flags: attack.flags });
  return { reply: answerOf(await ask(at.host, bytes)), presented: true };
}

/** Less than 30 days in all: a CMID that left the count may be taken up again by whoever asks (§7.4). */
const withinWindow = (steps: Battle) => steps.reduce((sum, { hours }) => sum + hours, 0) * 3_600_000 < 29 * DAY_MS;

test("I27 I28: whatever lacks the newest lease id moves neither sequence number nor last contact, and its holder is told the same", async () => {
  await fc.assert(
    fc.asyncProperty(battles, async (steps) => {
      fc.pre(withinWindow(steps));
      const { calm, attacked } = await fought(steps);
      assert.deepEqual(
        attacked.told.map(({ kind, seq, count, leaseId }) => [kind, seq, count, leaseId]),
        calm.told.map(({ kind, seq, count, leaseId }) => [kind, seq, count, leaseId]),
      );
      assert.deepEqual(attacked.rows, calm.rows);
      for (const { kind } of attacked.told) assert.equal(kind, "lease");
    }),
    { numRuns: 60 },
  );
});

test("I28: a spoofer's EPHEMERAL request takes nobody out of the count, over a restart too", async () => {
  const { host, clock, store } = await openHost([world]);
  const machine = newMachine();
  const first = answerOf(await ask(host, askBytes(machine, product)));
  pass(clock, DAY_MS);
  await ask(host, askBytes(machine, product, { lineage: first.lineage }));
  pass(clock, DAY_MS);
  const spoofed = askBytes(machine, product, { flags: REQUEST_FLAG.ephemeral });
  assert.equal(answerOf(await ask(host, spoofed)).kind, "lease");
  assert.equal(await store.machinesSeen(1, product.applicationId, START_MS), 1);
});

test("I23: a re-sync is answered the same for the same bytes, however often, and is one event", async () => {
  const { host, clock, store } = await openHost([world]);
  const machine = newMachine();
  const first = answerOf(await ask(host, askBytes(machine, product)));
  await ask(host, askBytes(machine, product, { lineage: first.lineage }));
  const restored = askBytes(machine, product, { lineage: first.lineage });
  const answer = answerOf(await ask(host, restored));
  assert.deepEqual([answer.kind, answer.seq], ["lease", 2]);
  const { events } = await store.rowCounts();
  for (let again = 0; again < 5; again++) {
    pass(clock, 60_000);
    assert.deepEqual(answerOf(await ask(host, restored)), answer);
  }
  assert.equal((await store.rowCounts()).events, events);
  pass(clock, 3_600_000);
  const later = answerOf(await ask(host, restored));
  assert.deepEqual([later.kind, later.seq, later.leaseId], ["lease", 2, answer.leaseId]);
  assert.equal(later.issuedMs, clock.wallMs);
  const next = answerOf(await ask(host, askBytes(machine, product, { lineage: later.lineage })));
  assert.deepEqual([next.kind, next.seq], ["lease", 3]);
});
