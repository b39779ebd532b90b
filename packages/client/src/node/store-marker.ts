import type { StoreMarker } from "../trusted-store.ts";
import type { StoreFiles } from "./store-files.ts";

/** The marker beside a store's directory, in a file of its own. */
export interface MarkerFile {
  /** Undefined where there never was a store. */
  read(): Promise<StoreMarker | undefined>;
  write(marker: StoreMarker): Promise<void>;
}

/** Best effort: its loss costs nobody a licence, it only forgets that there was a store. Written when it changes. */
export function markerFile(files: StoreFiles, name: string): MarkerFile {
  let written: string | undefined;
  return {
    async read() {
      const bytes = await files.read(name).catch(() => undefined);
      if (bytes === undefined) return undefined;
      const marker = readMarker(Buffer.from(bytes).toString("latin1"));
      written = JSON.stringify(marker);
      return marker;
    },
    async write(marker) {
      const text = JSON.stringify(marker);
      if (written === text) return;
      try {
        await files.remove(`${name}.new`);
        await files.writeNew(`${name}.new`, Buffer.from(`${text}\n`));
        await files.rename(`${name}.new`, name);
        written = text;
      } catch {
        // The directory beside the store may belong to somebody else; the next save tries again.
      }
    },
  };
}

/** Whatever stands there proves an earlier store; what cannot be read of it counts as no rearm. */
function readMarker(text: string): StoreMarker {
  const rearmsUsed = Number(/"rearmsUsed":(\d{1,3})/.exec(text)?.[1] ?? 0);
  const listed = /"products":\{([^}]*)\}/.exec(text)?.[1];
  if (listed === undefined) return { rearmsUsed };
  const rows = [...listed.matchAll(/"(\d{1,10})":(\d{1,3})/g)];
  return { rearmsUsed, products: Object.fromEntries(rows.map(([, id, used]) => [Number(id), Number(used)])) };
}
