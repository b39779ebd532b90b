import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** Has one text of a file of this repository replaced as the file is loaded; answers how often it was found so far. */
export function changeWhenLoaded(change: {
  /** From the repository's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}): () => number {
  const target = pathToFileURL(`${import.meta.dirname}/../../../${change.file}`).href;
  let hits = 0;
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context);
      if (url !== target || loaded.source === undefined || loaded.source === null) return loaded;
      const parts = String(
        typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array),
      ).split(change.from);
      hits += parts.length - 1;
      return { ...loaded, source: parts.join(change.to) };
    },
  });
  return () => hits;
}
