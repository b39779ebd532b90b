import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** A packed package. */
export interface Tarball {
  readonly file: string;
  readonly sha256: string;
}

/**
 * Packs the staged packages into `output`. npm writes the same bytes for the same files: fixed times, no owners, sorted
 * names. The compression is that of the Node which runs npm, so npm is given this one.
 */
export function packInto(stages: readonly string[], output: string): readonly Tarball[] {
  const { status, stderr, error } = spawnSync(
    process.platform === "win32" ? "npm.cmd" : "npm",
    ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", output, ...stages],
    {
      encoding: "utf8",
      shell: process.platform === "win32",
      env: {
        ...process.env,
        PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
        npm_config_update_notifier: "false",
      },
    },
  );
  if (status !== 0) throw new Error(`expected npm pack to end with 0, found ${error?.message ?? stderr}`);
  return readdirSync(output)
    .filter((name) => name.endsWith(".tgz"))
    .sort()
    .map((file) => ({
      file,
      sha256: createHash("sha256")
        .update(readFileSync(join(output, file)))
        .digest("hex"),
    }));
}
