import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A file in a tarball. */
export interface TarballEntry {
  /** Without the leading `package/`. */
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

const BLOCK = 512;

/** The files npm packed, in their order. Throws where npm wrote what this does not read: a link, or a very long name. */
export function entriesOf(tarball: string): readonly TarballEntry[] {
  const bytes = gunzipSync(readFileSync(tarball));
  const entries: TarballEntry[] = [];
  for (let at = 0; bytes[at] !== 0 && at < bytes.length; ) {
    const field = (from: number, length: number) =>
      bytes.toString("utf8", at + from, at + from + length).replace(/[\0 ].*$/s, "");
    const [size, type] = [Number.parseInt(field(124, 12), 8), field(156, 1)];
    const path = [field(345, 155), field(0, 100)].filter((part) => part !== "").join("/");
    if (type !== "0") throw new Error(`${tarball}: expected a plain file, found type ${type} at ${path}`);
    const text = bytes.toString("utf8", at + BLOCK, at + BLOCK + size);
    entries.push({ path: path.replace(/^package\//, ""), mode: Number.parseInt(field(100, 8), 8), text });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}
