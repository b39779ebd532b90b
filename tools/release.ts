// `npm run -s release [directory]`: compiles every package to JavaScript and types and packs it, into dist/ unless told.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkManifest } from "./release/manifest.ts";
import { packInto, type Tarball } from "./release/pack.ts";
import { releaseVersion, workspacePackages } from "./release/packages.ts";
import { compileInto, stagePackage } from "./release/stage.ts";
import { ROOT } from "./source-files.ts";

/** Packs every package into `output`, where older tarballs are removed first. Nothing else in the tree changes. */
export function release(output: string): readonly Tarball[] {
  const packages = workspacePackages();
  const version = releaseVersion();
  for (const { manifest } of packages) checkManifest(manifest, version);
  const work = mkdtempSync(join(tmpdir(), "countersign-release-"));
  try {
    compileInto(join(work, "compiled"));
    const stages = packages.map((one) => {
      const stage = join(work, "staged", one.room);
      stagePackage(one, join(work, "compiled"), stage);
      return stage;
    });
    mkdirSync(output, { recursive: true });
    for (const name of readdirSync(output)) if (name.endsWith(".tgz")) rmSync(join(output, name));
    return packInto(stages, output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  // `… | head` is no error: the tarballs are there.
  process.stdout.on("error", () => undefined);
  try {
    const tarballs = release(resolve(process.argv[2] ?? join(ROOT, "dist")));
    // As sha256sum writes them: what this prints is checked by `sha256sum -c`.
    process.stdout.write(tarballs.map(({ sha256, file }) => `${sha256}  ${file}\n`).join(""));
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
