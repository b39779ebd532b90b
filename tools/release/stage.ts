import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../source-files.ts";
import { publishedManifest, readmeOf } from "./manifest.ts";
import type { WorkspacePackage } from "./packages.ts";

/** Compiles every room into `output/<room>/src`. */
export function compileInto(output: string): void {
  // tsc itself, not its link in .bin: that one is a shell script on Windows.
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [tsc, "-p", "tsconfig.release.json", "--outDir", output],
    { cwd: ROOT, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`expected the sources to compile, found ${error?.message ?? stdout + stderr}`);
}

/** Puts together in `stage` what one package ships, and nothing else. */
export function stagePackage({ directory, room, manifest }: WorkspacePackage, compiled: string, stage: string): void {
  const commands = Object.values(manifest.bin ?? {});
  cpSync(join(compiled, room, "src"), join(stage, "dist"), { recursive: true });
  cpSync(join(ROOT, "LICENSE"), join(stage, "LICENSE"));
  writeFileSync(join(stage, "README.md"), readmeOf(manifest));
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`);
  for (const path of commands) stageCommand(join(directory, path), join(stage, path));
  settleModes(
    stage,
    commands.map((path) => join(stage, path)),
  );
}

/** A command is plain JavaScript already; only what it loads is another file. */
function stageCommand(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from, "utf8").replace(/"\.\.\/src\/([^"]+)\.ts"/g, '"../dist/$1.js"'));
}

/** A tarball carries modes: they must not depend on who packs. */
function settleModes(stage: string, commands: readonly string[]): void {
  for (const entry of readdirSync(stage, { recursive: true, encoding: "utf8" })) {
    const path = join(stage, entry);
    chmodSync(path, statSync(path).isDirectory() || commands.includes(path) ? 0o755 : 0o644);
  }
}
