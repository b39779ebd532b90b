import { readFile } from "node:fs/promises";
import type { Facts } from "@countersign/doctor";
import { readFacts } from "@countersign/doctor";
import { refused } from "../refusal-report.ts";

/** More than any machine's facts come to: a file beyond it is not read. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The facts that `doctor --save-facts` wrote; several files are one look from several sides. */
export async function readFactsFile(paths: readonly string[]): Promise<Facts> {
  const all: Facts[] = [];
  for (const path of paths) all.push(await factsIn(path));
  const [first] = all;
  if (first === undefined) throw refused("USAGE_INVALID", { expected: "a file with facts", found: "none" });
  return {
    ...first,
    hosts: all.flatMap(({ hosts }) => hosts),
    clients: all.flatMap(({ clients }) => clients),
    clocks: all.flatMap(({ clocks }) => clocks),
    gaps: all.flatMap(({ gaps }) => gaps),
    network: all.find(({ network }) => network !== undefined)?.network,
  };
}

async function factsIn(path: string): Promise<Facts> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
  if (bytes.length > MOST_BYTES) throw refused("FILE_UNREADABLE", { path, detail: `more than ${MOST_BYTES} bytes` });
  const read = readFacts(parsed(bytes.toString("utf8")));
  if (read.ok) return read.facts;
  throw refused("USAGE_INVALID", { expected: `${path} to hold ${read.expected}`, found: read.found });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
