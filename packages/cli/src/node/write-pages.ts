// Writes every generated page under docs/: `node packages/cli/src/node/write-pages.ts`.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedPages } from "../pages.ts";

const docs = fileURLToPath(new URL("../../../../docs", import.meta.url));
for (const { path, text } of generatedPages()) {
  mkdirSync(dirname(join(docs, path)), { recursive: true });
  writeFileSync(join(docs, path), text);
}
