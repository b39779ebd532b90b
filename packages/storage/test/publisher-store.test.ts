import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { type HostActivationRow, type IssuedKeyRow, type PublisherStore, StoreFault } from "../src/index.ts";
import { openMemoryPublisherStore } from "../src/memory/index.ts";
import { openSqliteHostStore, openSqlitePublisherStore } from "../src/sqlite/index.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-publisher-store-"));
after(() => rm(directory, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let files = 0;
const newPath = () => join(directory, `publisher-${files++}.sqlite`);

const ADAPTERS = [
  { name: "memory", open: (): PublisherStore => openMemoryPublisherStore() },
  { name: "sqlite", open: (): PublisherStore => openSqlitePublisherStore(newPath()) },
];

const issuedKey = (change: Partial<IssuedKeyRow> = {}): IssuedKeyRow => ({
  kid: random(5),
  kind: "host",
  keyGroup: 1,
  productId: 0,
  lastFive: "ABCDE",
  customerId: random(16),
  maxHosts: 6,
  activationsPerHost: 10,
  siteRequired: [{ keyGroup: 1, requiredCount: 2 }],
  seats: [{ applicationId: random(16), count: 3 }],
  flags: 4,
  certificateLifeS: 94_608_000,
  issuedMs: 5,
  revokedMs: undefined,
  ...change,
});
const activation = (change: Partial<HostActivationRow> = {}): HostActivationRow => ({
  commitment: random(32),
  kid: random(5),
  hostId: random(16),
  instanceId: random(16),
  publicKey: random(32),
  serial: random(16),
  previousSerial: undefined,
  activationIndex: 1,
  renewalSeq: 0,
  payload: random(200),
  document: undefined,
  issuedMs: 5,
  ...change,
});
const publisherRow = () => ({
  publisherId: random(16),
  name: "Example",
  serviceUrl: "http://127.0.0.1:1690",
  trust: random(500),
});
const logRow = (number: number) => ({ number, timeMs: 5, kind: "host-cert", digest: random(32), chain: random(32) });
const reason = (wanted: string) => (error: unknown) =>
  error instanceof StoreFault && error.reason === wanted && error.remedy !== "";

for (const { name, open } of ADAPTERS) {
  test(`${name}: what a unit saved is read back as it was`, async () => {
    const store = open();
    const rows = { publisher: publisherRow(), key: issuedKey(), renewal: activation({ previousSerial: random(16) }) };
    await store.transact(async (unit) => {
      assert.equal(await unit.publisher(), undefined);
      assert.equal(await unit.key(rows.key.kid), undefined);
      assert.equal(await unit.lastLogRow(), undefined);
      await unit.savePublisher(rows.publisher);
      await unit.saveKey(rows.key);
      await unit.saveActivation(rows.renewal);
      await unit.appendLog(logRow(1));
    });
    const read = await store.transact(async (unit) => ({
      publisher: await unit.publisher(),
      key: await unit.key(rows.key.kid),
      renewal: await unit.activation(rows.renewal.commitment),
    }));
    assert.deepEqual(read, rows);
    assert.deepEqual(await store.keys(), [rows.key]);
    assert.deepEqual(await store.transact((unit) => unit.activationBySerial(rows.renewal.serial)), rows.renewal);
    assert.equal((await store.log()).length, 1);
    await store.close();
  });

  test(`${name}: a unit that rejects leaves nothing behind`, async () => {
    const store = open();
    const kept = issuedKey();
    await store.transact((unit) => unit.saveKey(kept));
    const failed = store.transact(async (unit) => {
      await unit.saveKey(issuedKey());
      await unit.saveKey({ ...kept, maxHosts: 99 });
      await unit.saveActivation(activation());
      await unit.appendLog(logRow(1));
      throw new Error("no more");
    });
    await assert.rejects(failed, /no more/);
    assert.deepEqual(await store.keys(), [kept]);
    assert.deepEqual(await store.log(), []);
    await store.close();
  });

  test(`${name}: units run one after the other, whoever begins them at once`, async () => {
    const store = open();
    const append = () =>
      store.transact(async (unit) => {
        const last = await unit.lastLogRow();
        await new Promise((resolve) => setImmediate(resolve));
        await unit.appendLog(logRow((last?.number ?? 0) + 1));
      });
    await Promise.all(Array.from({ length: 20 }, append));
    assert.deepEqual(
      (await store.log()).map((row) => row.number),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    await store.close();
  });

  test(`${name}: certificates of a key keep the order of their first saving, whenever they are signed`, async () => {
    const steps = fc.array(fc.record({ issuedMs: fc.nat(3), signs: fc.nat(9) }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(steps, async (asked) => {
        const store = open();
        const kid = random(5);
        const saved: HostActivationRow[] = [];
        for (const { issuedMs, signs } of asked) {
          const row = activation({ kid, issuedMs });
          saved.push(row);
          const signed = saved[signs];
          await store.transact(async (unit) => {
            await unit.saveActivation(row);
            if (signed !== undefined) await unit.saveActivation({ ...signed, document: random(64) });
          });
        }
        const read = await store.transact((unit) => unit.activationsOfKey(kid));
        assert.deepEqual(
          read.map(({ serial }) => serial),
          saved.map(({ serial }) => serial),
        );
        await store.close();
      }),
      { numRuns: 15 },
    );
  });

  test(`${name}: of a certificate that is there only the document changes`, async () => {
    const store = open();
    const row = activation();
    const document = random(64);
    await store.transact((unit) => unit.saveActivation(row));
    await store.transact((unit) => unit.saveActivation({ ...row, payload: random(10), document }));
    const read = await store.transact((unit) => unit.activation(row.commitment));
    assert.deepEqual(read, { ...row, document });
    await store.close();
  });
}

test("sqlite: everything is there after closing and opening again, and a second process is refused", async () => {
  const path = newPath();
  const store = openSqlitePublisherStore(path);
  const [key, row, publisher] = [issuedKey({ revokedMs: 9 }), activation(), publisherRow()];
  await store.transact(async (unit) => {
    await unit.saveKey(key);
    await unit.saveActivation(row);
    await unit.savePublisher(publisher);
  });
  assert.throws(() => openSqlitePublisherStore(path), reason("locked"));
  await store.close();
  const again = openSqlitePublisherStore(path);
  assert.deepEqual(await again.keys(), [key]);
  const read = await again.transact(async (unit) => [await unit.activation(row.commitment), await unit.publisher()]);
  assert.deepEqual(read, [row, publisher]);
  await again.close();
});

test("sqlite: a damaged file and a host's store are refused by name", async () => {
  const damaged = newPath();
  await writeFile(damaged, "this is no database, and long enough to be taken for a header of one".repeat(9));
  assert.throws(() => openSqlitePublisherStore(damaged), reason("corrupt"));
  const foreign = newPath();
  await openSqliteHostStore(foreign, random).close();
  assert.throws(() => openSqlitePublisherStore(foreign), reason("corrupt"));
});

test("sqlite: a full disk is StoreFault full, and what was committed before stays", async () => {
  const path = newPath();
  const store = openSqlitePublisherStore(path, { maxPages: 20 });
  const kid = random(5);
  let saved = 0;
  const fill = async () => {
    for (;;) {
      await store.transact((unit) => unit.saveActivation(activation({ kid, payload: random(4000) })));
      saved++;
    }
  };
  await assert.rejects(fill(), reason("full"));
  assert.equal((await store.transact((unit) => unit.activationsOfKey(kid))).length, saved);
  assert.ok(saved > 0);
  await store.close();
});
