// I9 to I20 of protocol.md §12.2, P1 to P11 of §8.2: the real host against a model that keeps every contact in a list.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "@countersign/domain";
import { type LineageClaim, REQUEST_FLAG } from "@countersign/protocol";
import type { HostStore } from "@countersign/storage";
import fc from "fast-check";
import {
  type Answer,
  answerOf,
  ask,
  askBytes,
  createWorld,
  DAY_MS,
  type HostChange,
  newMachine,
  openHost,
  pass,
  reopenHost,
  type ServingHost,
  type WorldProduct,
} from "./world.ts";

const WINDOW_MS = 30 * DAY_MS;
const HOUR_MS = 3_600_000;
/** Two products counted together, and another application. */
const world = await createWorld([
  { requiredCount: 2 },
  { requiredCount: 5, productClass: "server" },
  { requiredCount: 3, application: "Viewer" },
]);
const covered = world.products.slice(0, 2);

interface Step {
  readonly deed: "renews" | "is restored" | "repeats" | "restarts";
  readonly machine: number;
  readonly product: number;
  readonly ephemeral: boolean;
  readonly hours: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    deed: fc.constantFrom<Step["deed"][]>("renews", "renews", "renews", "renews", "is restored", "repeats", "restarts"),
    machine: fc.nat(13),
    product: fc.nat(1),
    ephemeral: fc.nat(5).map((n) => n === 0),
    hours: fc.oneof({ weight: 9, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.nat(500) }),
  }),
  { maxLength: 60, size: "max" },
);

/** One (machine, product) as the rules of §7.4 and §8.1 read, without a thought for speed. */
interface Row {
  readonly cmid: string;
  readonly requiredCount: number;
  counted: boolean;
  lastSeenMs: number;
  /** Of a contact while the clock was watched: when it happened, as turns out when the watch ends. */
  trueMs: number | undefined;
  readonly resyncs: number[];
  held: readonly LineageClaim[];
  last: { readonly bytes: Uint8Array; readonly ephemeral: boolean; issuedMs: number };
}

class Model {
  readonly rows = new Map<string, Row>();
  isWatched = false;
  /** The wall clock of these stories is right, whether or not the host believes it. */
  wallMs = 0;

  /** When a watch ends, guarded time steps to the wall, and who asked meanwhile did not fall silent by that. */
  look({ clockSuspect }: { readonly clockSuspect: boolean }, wallMs: number): void {
    this.wallMs = wallMs;
    if (this.isWatched && !clockSuspect) {
      for (const row of this.rows.values()) Object.assign(row, { lastSeenMs: row.trueMs ?? row.lastSeenMs });
    }
    if (!clockSuspect) for (const row of this.rows.values()) row.trueMs = undefined;
    this.isWatched = clockSuspect;
  }

  active(nowMs: number): readonly Row[] {
    return [...this.rows.values()].filter((row) => row.counted && nowMs - row.lastSeenMs < WINDOW_MS);
  }

  /** `asked`: what the asker requires raises the cap for its own decision, counted or not (P3). */
  count(nowMs: number, asked = 0): number {
    const active = this.active(nowMs);
    const largest = Math.max(asked, ...active.map(({ requiredCount }) => requiredCount));
    return Math.min(new Set(active.map(({ cmid }) => cmid)).size, 2 * largest);
  }

  /** A contact that counts moves last_seen; one that does not leaves an active row as it is. */
  contact(row: Row, ephemeral: boolean, nowMs: number): void {
    if (ephemeral && this.active(nowMs).includes(row)) return;
    const trueMs = this.isWatched ? this.wallMs : undefined;
    Object.assign(row, { counted: !ephemeral, lastSeenMs: nowMs, trueMs });
  }

  isActive(cmid: string, nowMs: number): boolean {
    return this.active(nowMs).some((row) => row.cmid === cmid);
  }
}

/** Plays the story on the real host and on the model, and asserts after each deed that they agree. */
async function agree(story: readonly Step[], change: HostChange = {}): Promise<void> {
  const machines = Array.from({ length: 14 }, newMachine);
  const model = new Model();
  let on: ServingHost = await openHost([world], change);
  for (const { deed, hours, ephemeral, ...at } of story) {
    pass(on.clock, hours * HOUR_MS);
    const before = await on.host.status();
    model.look(before, on.clock.wallMs);
    const nowMs = Number(before.guardedTimeMs);
    const [machine, product] = [machines[at.machine], covered[at.product]];
    assert.ok(machine && product);
    if (deed === "restarts") on = await reopenHost(on, [world], change);
    else await act({ deed, ephemeral, cmid: toHex(machine.cmid) }, product, machine, { on, model, nowMs });
    const after = await on.host.status();
    model.look(after, on.clock.wallMs);
    const { seats, guardedTimeMs } = after;
    const [editor, viewer] = seats[0]?.counts ?? [];
    const active = model.active(Number(guardedTimeMs));
    assert.equal(editor?.currentCount, model.count(Number(guardedTimeMs)), "the count shown");
    assert.equal(editor?.machinesSeen, new Set(active.map(({ cmid }) => cmid)).size, "uncapped");
    assert.equal(viewer?.currentCount, 0, "P11: nobody asked for the other application");
  }
}

test("P1 to P11, I20: every count the host states is the model's, and a lease is given where it suffices and only there", async () => {
  await fc.assert(
    fc.asyncProperty(steps, (story) => agree(story)),
    { numRuns: 40 },
  );
});

test("mutant: a host whose store leaves one machine out when it is opened again fails that law", async () => {
  const leavesOneOut = (store: HostStore): HostStore => ({
    ...store,
    transact: (work) =>
      store.transact((unit) =>
        work({
          ...unit,
          countRows: async (...asked) => {
            const { required, machines } = await unit.countRows(...asked);
            return { required, machines: machines.slice(1) };
          },
        }),
      ),
  });
  const plain = { product: 0, ephemeral: false, hours: 1 };
  const story: readonly Step[] = [
    { ...plain, deed: "renews", machine: 0 },
    { ...plain, deed: "renews", machine: 1 },
    { ...plain, deed: "restarts", machine: 0 },
  ];
  await agree(story);
  await assert.rejects(agree(story, { wrapStore: leavesOneOut }), /the count shown/);
});

async function act(
  { deed, ephemeral, cmid }: { readonly deed: Step["deed"]; readonly ephemeral: boolean; readonly cmid: string },
  product: WorldProduct,
  machine: ReturnType<typeof newMachine>,
  { on, model, nowMs }: { readonly on: ServingHost; readonly model: Model; readonly nowMs: number },
): Promise<void> {
  const name = `${cmid} ${product.productId}`;
  const known = model.rows.get(name);
  if (deed === "repeats") {
    if (known === undefined) return;
    const answer = answerOf(await ask(on.host, known.last.bytes));
    if (nowMs - known.last.issuedMs < HOUR_MS) return;
    if (!known.last.ephemeral && !model.isActive(cmid, nowMs)) model.contact(known, false, nowMs);
    known.last.issuedMs = nowMs;
    judge(answer, product, model.count(nowMs, product.requiredCount));
    return;
  }
  const flags = ephemeral ? REQUEST_FLAG.ephemeral : 0;
  const isStale = deed === "is restored" && known !== undefined;
  const lineage = isStale ? [] : (known?.held ?? []);
  const bytes = askBytes(machine, product, { flags, lineage });
  const answer = answerOf(await ask(on.host, bytes));
  const last = { bytes, ephemeral, issuedMs: nowMs };
  if (!isStale) {
    const row: Row = known ?? {
      ...{
        cmid,
        requiredCount: product.requiredCount,
        counted: false,
        lastSeenMs: 0,
        trueMs: undefined,
        resyncs: [],
        held: [],
        last,
      },
    };
    model.rows.set(name, row);
    model.contact(row, ephemeral, nowMs);
    Object.assign(row, { held: answer.lineage, last });
    judge(answer, product, model.count(nowMs, product.requiredCount));
    return;
  }
  const recent = known.resyncs.filter((timeMs) => timeMs > nowMs - 35 * DAY_MS);
  if (recent.length >= 2) {
    assert.equal(answer.kind, "reidentify");
    return;
  }
  known.resyncs.splice(0, known.resyncs.length, ...recent, nowMs);
  if (!model.isActive(cmid, nowMs)) model.contact(known, ephemeral, nowMs);
  known.last = last;
  judge(answer, product, model.count(nowMs, product.requiredCount));
}

function judge(answer: Answer, { requiredCount }: WorldProduct, count: number): void {
  const kind = count >= requiredCount ? "lease" : "count-report";
  assert.deepEqual([answer.kind, answer.count], [kind, count]);
}
