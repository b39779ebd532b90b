import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { RefusalError, type RefusalReason, remedyOf } from "@countersign/domain";
import { StoreFault } from "@countersign/storage";
import { type HostOptions, startHost } from "../../src/main.ts";
import { requestBytes } from "../site.ts";
import { type Door, doorOf, machineRow, openDoor } from "./door.ts";

const door = await openDoor();
await door.stillServes();
await door.stop();

/** A copy of the prepared host, which nobody has open. */
async function withCopy(work: (dataDirectory: string) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), "countersign-store-"));
  const dataDirectory = join(place, "host");
  try {
    await copyTo(dataDirectory);
    await work(dataDirectory);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function copyTo(dataDirectory: string): Promise<void> {
  return cp(door.options.dataDirectory, dataDirectory, { recursive: true, filter: (path) => !path.endsWith(".sock") });
}

async function readiness(of: Door): Promise<string> {
  return (await fetch(`http://127.0.0.1:${of.host.adminPort}/readyz`)).text();
}

/** Many at once, until one is refused; what was acknowledged, and the bytes that were not. */
async function fillUp(of: Door) {
  const acknowledged: Uint8Array[] = [];
  const refused: Uint8Array[] = [];
  for (let round = 0; round < 200 && refused.length === 0; round++) {
    const asked = Array.from({ length: 16 }, () => requestBytes(of.product));
    const replies = await Promise.all(asked.map((bytes) => of.ask(bytes)));
    for (const [i, { reason, message }] of replies.entries()) {
      const bytes = asked[i] ?? new Uint8Array();
      if (reason === "") acknowledged.push(bytes);
      else {
        assert.equal(reason, "STORE_UNAVAILABLE");
        assert.match(message, /full/);
        refused.push(bytes);
      }
    }
  }
  assert.ok(refused.length > 0, "the disk came to its end");
  // What had no room together may have it alone: on, until one machine has none.
  for (let round = 0; round < 200; round++) {
    const bytes = requestBytes(of.product);
    const { reason } = await of.ask(bytes);
    (reason === "" ? acknowledged : refused).push(bytes);
    if (reason !== "") break;
  }
  return { acknowledged, refused };
}

/** Everything acknowledged is there; what was refused left nothing and is served once, when its bytes come again. */
async function nothingLost(of: Door, { acknowledged, refused }: Awaited<ReturnType<typeof fillUp>>): Promise<void> {
  const { dataDirectory } = of.options;
  for (const bytes of acknowledged)
    assert.ok(machineRow(dataDirectory, cmidOf(bytes)), "what was acknowledged is there");
  for (const bytes of refused) assert.equal(machineRow(dataDirectory, cmidOf(bytes)), undefined);
  const before = of.rows();
  for (const bytes of refused) assert.equal((await of.ask(bytes)).reason, "");
  for (const bytes of acknowledged.slice(-5)) assert.equal((await of.ask(bytes)).reason, "");
  const { machines, total } = of.rows();
  assert.deepEqual([machines, total], [before.machines + refused.length, before.total + refused.length]);
  await of.stillServes();
}

/** Field 2 stands behind the version, as requestBytes writes it: 08 01 12 10. */
const cmidOf = (bytes: Uint8Array) => bytes.slice(4, 20);

describe("a full disk", () => {
  it("under load is STORE_UNAVAILABLE: no crash, no half row, and a bigger one serves on", () =>
    withCopy(async (dataDirectory) => {
      const small = await doorOf(door.site, { ...door.options, dataDirectory, maxStorePages: 60 });
      try {
        const outcome = await fillUp(small);
        assert.ok(outcome.acknowledged.length > 0);
        assert.match(await readiness(small), /the store is full/);
        const { machines, total } = small.rows();
        const bytes = outcome.refused.at(-1);
        assert.ok(bytes);
        assert.equal((await small.unchanged(() => small.ask(bytes))).reason, "STORE_UNAVAILABLE");
        assert.equal(machines, total, "a machine a counted request");
        await small.restart({ maxStorePages: 100_000 });
        assert.equal(await readiness(small), "ok\n");
        await nothingLost(small, outcome);
      } finally {
        await small.stop();
      }
    }));

  it("of a real file system is the same, and the same process serves again once there is room", (t) =>
    onOwnDisk(t, "3m", async (mount) => {
      const dataDirectory = join(mount.path, "host");
      await copyTo(dataDirectory);
      const small = await doorOf(door.site, { ...door.options, dataDirectory });
      try {
        const outcome = await fillUp(small);
        assert.match(await readiness(small), /the store is (full|failed)/);
        const bytes = outcome.refused.at(-1);
        assert.ok(bytes);
        await small.ask(bytes).then(({ reason }) => assert.equal(reason, "STORE_UNAVAILABLE"));
        mount.remount("size=64m");
        // Nobody asked yet: a balancer that waits for this answer would otherwise wait for ever.
        assert.equal(await readiness(small), "ok\n");
        await nothingLost(small, outcome);
      } finally {
        await small.stop();
      }
    }));

  it("at the start is STORE_UNAVAILABLE, not a store in use, and the store is as it was", (t) =>
    onOwnDisk(t, "3m", async (mount) => {
      const dataDirectory = join(mount.path, "host");
      await copyTo(dataDirectory);
      await writeFile(join(mount.path, "filler"), Buffer.alloc(8 * 1024 * 1024)).catch(() => {});
      const message = await refusedStart({ dataDirectory }, "STORE_UNAVAILABLE");
      assert.match(message, /full/);
      await rm(join(mount.path, "filler"));
      await servesFrom(dataDirectory);
    }));

  it("does not keep a host from stopping", (t) =>
    onOwnDisk(t, "3m", async (mount) => {
      const dataDirectory = join(mount.path, "host");
      await copyTo(dataDirectory);
      const small = await doorOf(door.site, { ...door.options, dataDirectory });
      await fillUp(small);
      await small.ask(new Uint8Array(1)); // Something dropped, whose summary a stop would write.
      await small.stop();
      mount.remount("size=64m");
      await servesFrom(dataDirectory);
    }));
});

describe("a read-only disk", () => {
  it("at the start is STORE_UNAVAILABLE and says so", (t) =>
    onOwnDisk(t, "16m", async (mount) => {
      const dataDirectory = join(mount.path, "host");
      await copyTo(dataDirectory);
      mount.remount("ro");
      const message = await refusedStart({ dataDirectory }, "STORE_UNAVAILABLE");
      assert.match(message, /read-only/);
      mount.remount("rw");
      await servesFrom(dataDirectory);
    }));

  it("while it serves is STORE_UNAVAILABLE until it can be written again", () =>
    withCopy(async (dataDirectory) => {
      // A kernel that remounts a failing disk cannot be had in a test: the port's own word for it is.
      let isReadOnly = false;
      const wrapStore: HostOptions["wrapStore"] = (store) => ({
        ...store,
        transact: async (work) => {
          if (isReadOnly)
            throw new StoreFault("read-only", "host.db: attempt to write a readonly database", "remount it");
          return store.transact(work);
        },
      });
      const at = await doorOf(door.site, { ...door.options, dataDirectory, wrapStore });
      try {
        await at.stillServes();
        isReadOnly = true;
        const bytes = requestBytes(at.product);
        const reply = await at.unchanged(() => at.ask(bytes));
        assert.deepEqual([reply.reason, reply.status], ["STORE_UNAVAILABLE", 503]);
        assert.match(reply.message, /read-only/);
        assert.doesNotMatch(reply.message, /host\.db/, "no path is told to a stranger");
        assert.match(await readiness(at), /the store is read-only/);
        isReadOnly = false;
        assert.equal(await readiness(at), "ok\n");
        assert.equal((await at.ask(bytes)).reason, "");
        await at.stillServes();
      } finally {
        await at.stop();
      }
    }));
});

/** The refusal a start ends with; the host's files are as they were. */
async function refusedStart(changed: Partial<HostOptions>, reason: RefusalReason): Promise<string> {
  const options = { ...door.options, ...changed };
  const before = await digests(options.dataDirectory);
  const fault = await startHost(options).then(
    async (host) => {
      await host.stop();
      return undefined;
    },
    (error: unknown) => error,
  );
  assert.ok(fault instanceof RefusalError, `a refusal, found ${fault}`);
  assert.equal(fault.refusal.reason, reason, fault.message);
  assert.notEqual(remedyOf(fault.refusal), "");
  assert.deepEqual(await digests(options.dataDirectory), before, "nothing was changed");
  return fault.message;
}

async function digests(dataDirectory: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const { name, parentPath } of (await readdir(dataDirectory, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && /\.(db|key|secret)$/.test(entry.name),
  )) {
    found[name] = createHash("sha256")
      .update(await readFile(join(parentPath, name)))
      .digest("hex");
  }
  return found;
}

/** What was accepted before is there and the host serves. */
async function servesFrom(dataDirectory: string): Promise<void> {
  const at = await doorOf(door.site, { ...door.options, dataDirectory });
  try {
    assert.ok(at.rows().machines >= 1);
    await at.stillServes();
  } finally {
    await at.stop();
  }
}

describe("a store that is damaged, of another version or not ours is refused at the start and not changed", () => {
  const file = (directory: string) => join(directory, "host.db");
  const edit = (statement: string) => async (directory: string) => {
    const database = new DatabaseSync(file(directory));
    database.exec(statement);
    database.close();
  };
  const overwrite = (offset: number) => async (directory: string) => {
    const bytes = await readFile(file(directory));
    await writeFile(file(directory), bytes.fill(0x5a, offset, offset + 4096));
  };
  const cases: readonly (readonly [string, RefusalReason, (directory: string) => Promise<void>])[] = [
    ["random bytes", "STORE_CORRUPT", (directory) => writeFile(file(directory), Buffer.alloc(8192, 0x5a))],
    ["a text", "STORE_CORRUPT", (directory) => writeFile(file(directory), "not a database, whatever the name says\n")],
    ["half a file", "STORE_CORRUPT", async (directory) => truncate(file(directory), 20_480)],
    ["a head overwritten", "STORE_CORRUPT", overwrite(0)],
    ["a page overwritten", "STORE_CORRUPT", overwrite(4096)],
    [
      "somebody else's database",
      "STORE_CORRUPT",
      async (directory) => {
        await rm(file(directory));
        await edit("CREATE TABLE t (a); PRAGMA user_version = 1")(directory);
      },
    ],
    ["a newer version", "STORE_NEWER", edit("PRAGMA user_version = 999")],
    ["a seat whose trust was edited", "STORE_CORRUPT", edit("UPDATE seat SET trust = x'0801'")],
    ["a seat whose certificate was edited", "STORE_CORRUPT", edit("UPDATE seat SET certificate = x'ff'")],
    ["a seat with another public key", "STORE_CORRUPT", edit("UPDATE seat SET public_key = zeroblob(32)")],
    ["a clock that is no record", "STORE_CORRUPT", edit(`INSERT OR REPLACE INTO clock VALUES (1, 'noon')`)],
    ["a clock without numbers", "STORE_CORRUPT", edit(`INSERT OR REPLACE INTO clock VALUES (1, '{"guardedMs":"x"}')`)],
  ];
  for (const [name, reason, damage] of cases) {
    it(`${name}: ${reason}`, () =>
      withCopy(async (dataDirectory) => {
        await damage(dataDirectory);
        await refusedStart({ dataDirectory }, reason);
        await rm(dataDirectory, { recursive: true });
        await copyTo(dataDirectory);
        await servesFrom(dataDirectory);
      }));
  }
});

describe("keys that are missing, exposed, damaged or another host's are refused at the start and not changed", () => {
  const keyOf = async (directory: string, ending: string) => {
    const names = await readdir(join(directory, "keys"));
    const name = names.find((each) => each.startsWith("seat-") && each.endsWith(ending));
    assert.ok(name);
    return join(directory, "keys", name);
  };
  const cases: readonly (readonly [string, RefusalReason, (directory: string) => Promise<void>])[] = [
    ["no key file", "KEY_FILE_MISSING", async (directory) => rm(await keyOf(directory, ".key"))],
    ["an empty one", "KEY_FILE_DAMAGED", async (directory) => truncate(await keyOf(directory, ".key"), 0)],
    ["one that all can read", "KEY_FILE_EXPOSED", async (directory) => chmod(await keyOf(directory, ".key"), 0o644)],
    ["no key directory", "KEY_FILE_MISSING", (directory) => rm(join(directory, "keys"), { recursive: true })],
  ];
  for (const [name, reason, damage] of cases) {
    it(`${name}: ${reason}`, { skip: process.platform === "win32" && "no file modes there" }, () =>
      withCopy(async (dataDirectory) => {
        await damage(dataDirectory);
        await refusedStart({ dataDirectory }, reason);
      }),
    );
  }
});

interface OwnDisk {
  readonly path: string;
  remount(options: string): void;
}

/** A file system of its own in memory; where a process may not mount one, the test says so and is skipped. */
async function onOwnDisk(t: TestContext, size: string, work: (disk: OwnDisk) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), "countersign-disk-"));
  await mkdir(path, { recursive: true });
  const mount = (options: string) =>
    spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { encoding: "utf8" });
  const mounted = mount(`size=${size},mode=700`);
  if (mounted.status !== 0) {
    await rm(path, { recursive: true });
    t.skip(`a file system cannot be mounted here: ${mounted.stderr ?? mounted.error?.message ?? ""}`.trim());
    return;
  }
  const remount = (options: string) => {
    const { status, stderr } = mount(`remount,${options}`);
    assert.equal(status, 0, stderr);
  };
  try {
    await work({ path, remount });
  } finally {
    spawnSync("umount", ["-l", path]);
    await rm(path, { recursive: true, force: true });
  }
}
