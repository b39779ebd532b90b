// Writes the vectors once. A file that exists is never written again: frozen vectors are what every implementation, in
// whatever language, was checked against.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildVectors } from "./build-vectors.ts";

for (const [name, vectors] of Object.entries(await buildVectors())) {
  const path = join(import.meta.dirname, name);
  try {
    writeFileSync(path, `${JSON.stringify(vectors, undefined, 1)}\n`, { flag: "wx" });
    process.stdout.write(`wrote ${name}\n`);
  } catch (fault) {
    if (!(fault instanceof Error && "code" in fault && fault.code === "EEXIST")) throw fault;
    process.stderr.write(`${name} exists: expected a new name, for frozen vectors are never changed\n`);
    process.exitCode = 1;
  }
}
