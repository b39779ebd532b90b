import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Refusal, refuse } from "@countersign/domain";

/** A trust file as it lies in the directory, or why it cannot be read. */
export type TrustFile =
  | { readonly ok: true; readonly path: string; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly refusal: Refusal };

const SETTLE_MS = 200;

/** Every `*.cstrust` of a directory, by name. A directory that is not there holds none. */
export async function readTrustDirectory(directory: string): Promise<readonly TrustFile[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => error);
  if (names instanceof Error) return names.code === "ENOENT" ? [] : [unreadable(directory, names)];
  const files = names.filter((name) => name.endsWith(".cstrust")).sort();
  return Promise.all(
    files.map(async (name): Promise<TrustFile> => {
      const path = join(directory, name);
      try {
        return { ok: true, path, bytes: await readFile(path) };
      } catch (error) {
        return unreadable(path, error as NodeJS.ErrnoException);
      }
    }),
  );
}

/** Calls `onChange` a moment after the directory last changed. Returns what ends the watching. */
export function watchTrustDirectory(directory: string, onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const settled = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
    timer.unref();
  };
  const watcher = watcherOf(directory, settled);
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

/** Where nothing can be watched (no such directory, no handles left), a reload looks again. */
function watcherOf(directory: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, onChange);
    watcher.on("error", () => undefined);
    return watcher;
  } catch {
    return undefined;
  }
}

function unreadable(
  path: string,
  { code, message }: NodeJS.ErrnoException,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refuse("FILE_UNREADABLE", { path, detail: code ?? message }) };
}
