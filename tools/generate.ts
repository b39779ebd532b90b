// `npm run generate`: writes everything that is made from a source of truth: code from .proto, pages from domain's tables.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { GENERATED_FOLDERS, referencePages } from "./reference-docs.ts";
import { ROOT } from "./source-files.ts";

/** Generates the code of packages/protocol below `output`, by the plugin of this repository: no network is needed. */
export function generateCode(output: string): void {
  const { status, stderr, error } = spawnSync("buf", ["generate", "proto", "-o", output], {
    cwd: join(ROOT, "packages", "protocol"),
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}${delimiter}${process.env["PATH"] ?? ""}` },
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`buf generate ended with ${error?.message ?? `exit code ${status}`}\n${stderr}`);
}

function writePages(): void {
  const docs = join(ROOT, "docs");
  const pages = referencePages();
  const written = new Set(pages.map((page) => page.path));
  for (const folder of GENERATED_FOLDERS) {
    mkdirSync(join(docs, folder), { recursive: true });
    for (const name of readdirSync(join(docs, folder))) {
      if (!written.has(`${folder}/${name}`)) rmSync(join(docs, folder, name));
    }
  }
  for (const { path, text } of pages) {
    mkdirSync(dirname(join(docs, path)), { recursive: true });
    writeFileSync(join(docs, path), text);
  }
}

if (import.meta.main) {
  generateCode(join(ROOT, "packages", "protocol"));
  writePages();
}
