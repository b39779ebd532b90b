import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LoadedStore } from "../trusted-store.ts";
import type { StoreFiles } from "./store-files.ts";
import { readGenerations } from "./store-generations.ts";
import { readStoreKey } from "./store-key.ts";
import { markerFile } from "./store-marker.ts";

/** What a store gives to whoever only reads it: without its lock, and with a damaged one left where it is. */
export async function loadForReading(directory: string): Promise<LoadedStore> {
  const files = readingFiles(directory);
  const marker = await markerFile(readingFiles(dirname(directory)), `.${basename(directory)}.seen`).read();
  try {
    const found = await readGenerations(files, await readStoreKey(files));
    switch (found.kind) {
      case "valid":
        return { kind: "found", body: found.body, recovered: found.recovered, marker };
      case "none":
        return { kind: "absent", marker };
      case "invalid":
        return { kind: "damaged", quarantine: "", marker };
      case "newer": {
        const detail = `format ${found.version}, this version knows 1`;
        return { kind: "unusable", problem: { problem: "newer", detail } };
      }
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: "unusable", problem: { problem: "unavailable", detail: code ?? message } };
  }
}

/** Only the one verb: whoever looks has no hands. */
function readingFiles(directory: string): StoreFiles {
  const refuse = async () => {
    throw new Error("a look writes nothing");
  };
  return {
    read: (name) =>
      readFile(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
        throw error;
      }),
    ...{ writeNew: refuse, rename: refuse, syncDirectory: refuse, remove: refuse },
  };
}
