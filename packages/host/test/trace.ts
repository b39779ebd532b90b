import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Everything under a directory that a write would change: names, bytes, modes, owners and times of writing. */
export function traceOf(directory: string) {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true });
  return [directory, ...paths.map(({ parentPath, name }) => join(parentPath, name))].sort().map((path) => {
    const { mtimeNs, size, mode, ino, uid, gid } = lstatSync(path, { bigint: true });
    const bytes = lstatSync(path).isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
    return { path: relative(directory, path), mtimeNs, size, mode, ino, uid, gid, bytes };
  });
}
