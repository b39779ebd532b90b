import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { decodeTrustedState } from "../trusted-state-codec.ts";
import type { LoadedStore, SaveOutcome, StoreProblem, StoreWrite, TrustedStore } from "../trusted-store.ts";
import { diskFiles, makePrivate, type StoreFiles } from "./store-files.ts";
import { type Generation, quarantine, readGenerations, writeGeneration } from "./store-generations.ts";
import { createStoreKey, readStoreKey } from "./store-key.ts";
import { type StoreLock, takeStoreLock } from "./store-lock.ts";
import { markerFile } from "./store-marker.ts";

/** Where a store lives and what it is bound to. */
export interface TrustedStoreFileOptions {
  readonly directory: string;
  readonly bootId: string;
  /** Any text that stands for this installation, hashed into the MAC key; "" where there is none. */
  readonly anchor: string;
  /** Replaced by tests that cut writes; default: the real disk. */
  readonly files?: StoreFiles;
  readonly markerFiles?: StoreFiles;
}

const PROBLEMS: Readonly<Record<string, StoreProblem["problem"]>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  EROFS: "read-only",
  EACCES: "read-only",
  EPERM: "read-only",
};

/**
 * The trusted store as files (protocol.md §9): `state.a` and `state.b`, `key`, `lock`, and beside the directory a marker
 * that outlives it. A second process may load; its saves answer "in-use".
 */
export async function openTrustedStoreFile(options: TrustedStoreFileOptions): Promise<TrustedStore> {
  const { directory } = options;
  const files = options.files ?? (await diskFiles(directory));
  const markers = options.markerFiles ?? (await diskFiles(dirname(directory)));
  const takeLock = () => takeStoreLock(directory, options.bootId);
  const marker = markerFile(markers, `.${basename(directory)}.seen`);
  const anchor = createHash("sha256").update(options.anchor).digest();
  const lock = await takeLock();
  await makePrivate(directory, "key");
  return new TrustedStoreFile({ files, marker, anchor, takeLock }, lock);
}

interface StoreParts {
  readonly files: StoreFiles;
  readonly marker: ReturnType<typeof markerFile>;
  readonly anchor: Uint8Array;
  readonly takeLock: () => Promise<StoreLock>;
}

class TrustedStoreFile implements TrustedStore {
  readonly #files: StoreFiles;
  readonly #marker: ReturnType<typeof markerFile>;
  readonly #takeLock: () => Promise<StoreLock>;
  readonly #anchor: Uint8Array;
  #lock: StoreLock;
  #macKey: Uint8Array | undefined;
  #newest: Generation = "state.b";
  #refused: StoreProblem | undefined;

  constructor(parts: StoreParts, lock: StoreLock) {
    this.#files = parts.files;
    this.#marker = parts.marker;
    this.#takeLock = parts.takeLock;
    this.#anchor = parts.anchor;
    this.#lock = lock;
  }

  async load(): Promise<LoadedStore> {
    try {
      return await this.#load();
    } catch (error) {
      return { kind: "unusable", problem: problemOf(error) };
    }
  }

  async #load(): Promise<LoadedStore> {
    this.#macKey = await readStoreKey(this.#files);
    const found = await readGenerations(this.#files, this.#macKey);
    const marker = await this.#marker.read();
    switch (found.kind) {
      case "valid":
        this.#newest = found.at;
        return { kind: "found", body: found.body, recovered: found.recovered, marker };
      case "none":
        return { kind: "absent", marker };
      case "newer":
        this.#refused = { problem: "newer", detail: `format ${found.version}, this version knows 1` };
        return { kind: "unusable", problem: this.#refused };
      case "invalid": {
        if (this.#lock.kind !== "held") return { kind: "damaged", quarantine: "", marker };
        const name = `damaged.${Date.now()}`;
        await quarantine(this.#files, name);
        // Whatever was there proves an earlier store, whether or not its marker survived.
        return { kind: "damaged", quarantine: name, marker: marker ?? { rearmsUsed: 0 } };
      }
    }
  }

  async save({ body, marker }: StoreWrite): Promise<SaveOutcome> {
    const problem = this.#refused ?? (await this.#lateLock(body));
    if (problem !== undefined) return { ok: false, problem };
    try {
      this.#macKey ??= await createStoreKey(this.#files, this.#anchor);
      const at = this.#newest === "state.a" ? "state.b" : "state.a";
      await writeGeneration(this.#files, at, body, this.#macKey);
      this.#newest = at;
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
    await this.#marker.write(marker);
    return { ok: true };
  }

  /** Who opened without the lock may write once it is free, unless the state it builds on is no longer the newest. */
  async #lateLock(body: Uint8Array): Promise<StoreProblem | undefined> {
    if (this.#lock.kind === "held") return undefined;
    this.#lock = await this.#takeLock();
    if (this.#lock.kind === "taken") return { problem: "in-use", detail: `process ${this.#lock.pid} has it open` };
    if (this.#lock.kind === "impossible") return problemOf(this.#lock.cause);
    this.#macKey = await readStoreKey(this.#files);
    const found = await readGenerations(this.#files, this.#macKey);
    if (found.kind === "valid") this.#newest = found.at;
    const isNewest = found.kind !== "valid" || found.generation < (decodeTrustedState(body)?.generation ?? 0);
    return isNewest ? undefined : { problem: "in-use", detail: "another process wrote it meanwhile; load it again" };
  }

  async close(): Promise<void> {
    this.#refused ??= { problem: "unavailable", detail: "the store was closed" };
    if (this.#lock.kind === "held") await this.#lock.release();
  }
}

function problemOf(error: unknown): StoreProblem {
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  return { problem: PROBLEMS[code] ?? "unavailable", detail: message };
}
