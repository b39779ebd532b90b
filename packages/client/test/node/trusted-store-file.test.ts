import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { diskFiles, type StoreFiles } from "../../src/node/store-files.ts";
import { readFrame, writeFrame } from "../../src/node/store-frame.ts";
import { openTrustedStoreFile } from "../../src/node/trusted-store-file.ts";
import { decodeTrustedState, encodeTrustedState } from "../../src/trusted-state-codec.ts";
import { sampleState } from "../sample-state.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-store-"));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const newDirectory = () => join(root, `machine-${made++}`, "publisher");
const bodyOf = (generation: number) => encodeTrustedState({ ...sampleState(), generation });
const generationOf = (body: Uint8Array) => decodeTrustedState(body)?.generation;
const MARKER = { rearmsUsed: 0 };
const opening = (directory: string) => ({ directory, bootId: "boot-1", anchor: "os" });

async function saveTo(directory: string, ...generations: readonly number[]): Promise<void> {
  const store = await openTrustedStoreFile(opening(directory));
  await store.load();
  for (const generation of generations) {
    assert.deepEqual(await store.save({ body: bodyOf(generation), marker: MARKER }), { ok: true });
  }
  await store.close();
}

async function loadFrom(directory: string) {
  const store = await openTrustedStoreFile(opening(directory));
  const loaded = await store.load();
  await store.close();
  return loaded;
}

async function loadedGeneration(directory: string): Promise<number | undefined> {
  const loaded = await loadFrom(directory);
  return loaded.kind === "found" ? generationOf(loaded.body) : undefined;
}

describe("the trusted store on disk", () => {
  it("gives back what was saved, the newest generation first", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1, 2, 3);
    const loaded = await loadFrom(directory);
    assert.equal(loaded.kind, "found");
    assert.equal(loaded.kind === "found" && loaded.recovered, false);
    assert.equal(await loadedGeneration(directory), 3);
  });

  it("keeps its key and its states to their owner, and leaves no lock or draft behind", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1, 2);
    assert.deepEqual(readdirSync(directory).sort(), ["key", "state.a", "state.b"]);
    for (const name of readdirSync(directory)) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  });

  it("uses the older generation when the newer is torn, and says so", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1, 2);
    const newest = generationAt(directory, "state.a", 2) ? "state.a" : "state.b";
    truncateSync(join(directory, newest), 40);
    const loaded = await loadFrom(directory);
    assert.equal(loaded.kind === "found" && loaded.recovered, true);
    assert.equal(await loadedGeneration(directory), 1);
  });

  it("rejects every single flipped bit of a state", () => {
    const key = new Uint8Array(32).fill(7);
    // A Uint8Array, because slices of a Buffer share its bytes.
    const framed = new Uint8Array(writeFrame(bodyOf(1), key));
    assert.equal(readFrame(framed, key).kind, "whole");
    // The version byte has its own meaning: see the store of a newer version.
    const VERSION_BYTE = 4;
    const places = fc.tuple(fc.nat(framed.length - 1), fc.nat(7)).filter(([byte]) => byte !== VERSION_BYTE);
    fc.assert(
      fc.property(places, ([byte, bit]) => {
        const bent = framed.slice();
        bent[byte] = (bent[byte] ?? 0) ^ (1 << bit);
        assert.equal(readFrame(bent, key).kind, "torn");
      }),
    );
  });

  it("puts both generations aside when neither is valid, and knows that there was a store", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1, 2);
    for (const name of ["state.a", "state.b"]) writeFileSync(join(directory, name), "CSTS\x01nothing of ours");
    const loaded = await loadFrom(directory);
    assert.equal(loaded.kind, "damaged");
    assert.deepEqual(loaded.kind === "damaged" && loaded.marker, { rearmsUsed: 0 });
    assert.equal(readdirSync(directory).filter((name) => name.startsWith("damaged.")).length, 2);
    assert.equal((await loadFrom(directory)).kind, "absent");
  });

  it("remembers a removed store, and its rearms, by a marker beside it", async () => {
    const directory = newDirectory();
    const store = await openTrustedStoreFile(opening(directory));
    await store.load();
    await store.save({ body: bodyOf(1), marker: { rearmsUsed: 2 } });
    await store.close();
    rmSync(directory, { recursive: true });
    assert.deepEqual(await loadFrom(directory), { kind: "absent", marker: { rearmsUsed: 2 } });
  });

  it("refuses the state files of another machine: they do not verify under its key", async () => {
    const [ours, theirs] = [newDirectory(), newDirectory()];
    await saveTo(ours, 1);
    await saveTo(theirs, 9);
    writeFileSync(join(ours, "state.a"), readFileSync(join(theirs, "state.a")));
    assert.equal((await loadFrom(ours)).kind, "damaged");
  });

  it("touches nothing of a store that a newer version wrote", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1);
    const newer = readFileSync(join(directory, "state.a"));
    newer[4] = 2;
    writeFileSync(join(directory, "state.a"), newer);
    const store = await openTrustedStoreFile(opening(directory));
    const loaded = await store.load();
    assert.equal(loaded.kind === "unusable" && loaded.problem.problem, "newer");
    const saved = await store.save({ body: bodyOf(2), marker: MARKER });
    assert.equal(!saved.ok && saved.problem.problem, "newer");
    await store.close();
    assert.deepEqual(readFileSync(join(directory, "state.a")), newer);
  });

  it("takes a store without its key for damaged, never for new", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1);
    rmSync(join(directory, "key"));
    assert.equal((await loadFrom(directory)).kind, "damaged");
  });
});

describe("a write that is cut", () => {
  it("leaves generation g or g+1, both whole, at whatever step it is cut (I35)", async () => {
    const length = bodyOf(6).length + 64;
    for (const cut of [...STEPS.keys()]) {
      for (const bytes of cut === STEPS.indexOf("write") ? [0, 1, 9, Math.floor(length / 2), length - 40] : [0]) {
        const directory = newDirectory();
        await saveTo(directory, 4, 5);
        const files = cutAt(await diskFiles(directory), cut, bytes);
        const store = await openTrustedStoreFile({ ...opening(directory), files });
        await store.load();
        const saved = await store.save({ body: bodyOf(6), marker: MARKER });
        await store.close();
        const found = await loadedGeneration(directory);
        assert.ok(found === 5 || found === 6, `cut at ${STEPS[cut]} after ${bytes} bytes: generation ${found}`);
        if (saved.ok) assert.equal(found, 6, "what was answered for is there");
        await saveTo(directory, 7);
        assert.equal(await loadedGeneration(directory), 7, "the next write succeeds over what the cut left");
      }
    }
  });

  it("leaves nothing or the first generation when the very first one is cut", async () => {
    for (const cut of STEPS.keys()) {
      const directory = newDirectory();
      const files = cutAt(await diskFiles(directory), cut, 3);
      const store = await openTrustedStoreFile({ ...opening(directory), files });
      await store.load();
      await store.save({ body: bodyOf(1), marker: MARKER });
      await store.close();
      const loaded = await loadFrom(directory);
      assert.ok(loaded.kind === "absent" || loaded.kind === "found", `${STEPS[cut]}: ${loaded.kind}`);
    }
  });

  it("survives a real kill -9 of the writer at any moment, and the next process takes its lock over", async () => {
    const directory = newDirectory();
    const writer = spawn(process.execPath, [join(import.meta.dirname, "store-writer.ts"), directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let acknowledged = 0;
    for await (const chunk of writer.stdout) {
      acknowledged = Number(String(chunk).trim().split("\n").at(-1));
      if (acknowledged >= 40) break;
    }
    writer.kill("SIGKILL");
    await new Promise((resolve) => writer.once("exit", resolve));
    assert.ok(existsSync(join(directory, "lock")), "the killed process left its lock");
    const found = await loadedGeneration(directory);
    assert.ok(found !== undefined && found >= acknowledged, `acknowledged ${acknowledged}, found ${found}`);
    await saveTo(directory, 100_000);
  });
});

describe("a disk that takes no write", () => {
  for (const [code, problem] of [
    ["ENOSPC", "full"],
    ["EDQUOT", "full"],
    ["EROFS", "read-only"],
    ["EACCES", "read-only"],
    ["EIO", "unavailable"],
  ] as const) {
    it(`answers ${problem} for ${code}, keeps the last state and goes on when it is mended`, async () => {
      const directory = newDirectory();
      await saveTo(directory, 1);
      const disk = await diskFiles(directory);
      let broken = true;
      const files: StoreFiles = {
        ...disk,
        writeNew: async (name, bytes) => {
          if (broken) throw Object.assign(new Error(`${code}: simulated`), { code });
          return disk.writeNew(name, bytes);
        },
      };
      const store = await openTrustedStoreFile({ ...opening(directory), files });
      await store.load();
      const saved = await store.save({ body: bodyOf(2), marker: MARKER });
      assert.equal(!saved.ok && saved.problem.problem, problem);
      broken = false;
      assert.deepEqual(await store.save({ body: bodyOf(2), marker: MARKER }), { ok: true });
      await store.close();
      assert.equal(await loadedGeneration(directory), 2);
    });
  }

  const canMount = process.platform === "linux" && process.getuid?.() === 0;
  it("keeps the last state on a file system that is really full", {
    skip: canMount ? false : "needs root to mount a small file system",
  }, async (t) => {
    const mount = join(root, "small");
    const made = spawnSync("sh", ["-c", `mkdir -p ${mount} && mount -t tmpfs -o size=128k tmpfs ${mount}`]);
    if (made.status !== 0) return t.skip("this system does not let us mount");
    t.after(() => spawnSync("umount", [mount]));
    const directory = join(mount, "publisher");
    await saveTo(directory, 1);
    const fill = () => appendFileSync(join(mount, "filler"), Buffer.alloc(4096));
    assert.throws(() => {
      for (;;) fill();
    }, /ENOSPC/);
    const store = await openTrustedStoreFile(opening(directory));
    await store.load();
    const saved = await store.save({ body: bodyOf(2), marker: MARKER });
    assert.equal(!saved.ok && saved.problem.problem, "full");
    await store.close();
    assert.equal(await loadedGeneration(directory), 1);
  });
});

describe("two processes on one store", () => {
  it("lets the second one read and refuses its writes, until the first has closed", async () => {
    const directory = newDirectory();
    const first = await openTrustedStoreFile(opening(directory));
    await first.load();
    await first.save({ body: bodyOf(1), marker: MARKER });
    const second = await openTrustedStoreFile(opening(directory));
    assert.equal((await second.load()).kind, "found");
    const refused = await second.save({ body: bodyOf(2), marker: MARKER });
    assert.equal(!refused.ok && refused.problem.problem, "in-use");
    await first.close();
    assert.deepEqual(await second.save({ body: bodyOf(2), marker: MARKER }), { ok: true });
    await second.close();
  });

  it("does not let a late writer undo what the first one saved meanwhile", async () => {
    const directory = newDirectory();
    const first = await openTrustedStoreFile(opening(directory));
    await first.load();
    await first.save({ body: bodyOf(1), marker: MARKER });
    const second = await openTrustedStoreFile(opening(directory));
    await second.load();
    await first.save({ body: bodyOf(2), marker: MARKER });
    await first.close();
    const stale = await second.save({ body: bodyOf(2), marker: MARKER });
    assert.equal(!stale.ok && stale.problem.problem, "in-use");
    assert.equal(generationOf(((await second.load()) as { body: Uint8Array }).body), 2);
    assert.deepEqual(await second.save({ body: bodyOf(3), marker: MARKER }), { ok: true });
    await second.close();
  });

  for (const [title, text] of [
    ["of a process that is dead", "4194000\nboot-1\n1\n"],
    ["of an earlier boot", `${process.ppid}\nboot-0\n\n`],
    ["of a process id that is used again", `${process.ppid}\nboot-1\n1\n`],
    ["that is no lock of ours", "rubbish"],
  ] as const) {
    it(`takes over a lock ${title}`, async () => {
      const directory = newDirectory();
      await saveTo(directory, 1);
      writeFileSync(join(directory, "lock"), text);
      await saveTo(directory, 2);
    });
  }

  it("respects the lock of another process that lives", async () => {
    const directory = newDirectory();
    await saveTo(directory, 1);
    writeFileSync(join(directory, "lock"), `${process.ppid}\nboot-1\n\n`);
    const store = await openTrustedStoreFile(opening(directory));
    const refused = await store.save({ body: bodyOf(2), marker: MARKER });
    assert.equal(!refused.ok && refused.problem.problem, "in-use");
    await store.close();
    assert.ok(existsSync(join(directory, "lock")));
  });
});

/** The steps of one save after the first, in order. */
const STEPS = ["remove", "write", "before-rename", "rename", "sync-directory", "done"] as const;

/** A disk on which the process dies at one step: that step is done in part, or not, and nothing after it. */
function cutAt(disk: StoreFiles, cut: number, bytes: number): StoreFiles {
  let dead = false;
  const die = () => {
    dead = true;
    throw Object.assign(new Error("cut"), { code: "EIO" });
  };
  const at = (name: (typeof STEPS)[number]) => !dead && STEPS.indexOf(name) === cut;
  const step = async <T>(run: () => Promise<T>): Promise<T> => (dead ? die() : run());
  return {
    read: (name) => disk.read(name),
    remove: (name) => (at("remove") ? Promise.resolve().then(die) : step(() => disk.remove(name))),
    writeNew: async (name, content) => {
      if (!at("write") || !name.startsWith("state")) return step(() => disk.writeNew(name, content));
      await disk.writeNew(name, content.slice(0, bytes));
      die();
    },
    rename: async (from, to) => {
      if (at("before-rename")) die();
      await step(() => disk.rename(from, to));
      if (at("rename")) die();
    },
    syncDirectory: async () => {
      await step(() => disk.syncDirectory());
      if (at("sync-directory")) die();
    },
  };
}

function generationAt(directory: string, name: string, generation: number): boolean {
  const bytes = readFileSync(join(directory, name));
  return generationOf(bytes.subarray(9, bytes.length - 32)) === generation;
}
