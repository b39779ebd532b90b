import { accessSync, constants, readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DiskFacts, HostFacts } from "@countersign/doctor";
import { RefusalError } from "@countersign/domain";
import { checkHostConfiguration } from "../host-configuration.ts";

const MOST_KEY_FILES = 1_000;
const MOST_PROBLEMS = 20;
/** Reading, writing or running by anybody but the owner. */
const OTHERS = 0o077;

/** Room and rights of the file system a store lies on; undefined where the directory cannot be looked at. */
export function diskFacts(path: string): DiskFacts | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { path, freeBytes: bavail * bsize, totalBytes: blocks * bsize, writable: isWritable(path) };
  } catch {
    return undefined; // Not there, or not ours to look at: the store says which.
  }
}

/** Files of private keys that others than their owner may read. Windows has no such modes. */
export function openKeyFiles(dataDirectory: string, others: readonly string[] = []): string[] {
  if (process.platform === "win32") return [];
  const directory = join(dataDirectory, "keys");
  return [...namesIn(directory).map((name) => join(directory, name)), ...others].filter(isOpen);
}

/** What is wrong with the file of the configuration now; undefined: there is none. */
export async function configurationFacts(
  sources: Parameters<typeof checkHostConfiguration>[0],
): Promise<HostFacts["configuration"]> {
  try {
    const { path, problems } = await checkHostConfiguration(sources);
    if (path === "") return undefined;
    return { path, problems: problems.slice(0, MOST_PROBLEMS).map(problemText) };
  } catch (fault) {
    if (!(fault instanceof RefusalError)) throw fault;
    return { path: fault.refusal.params["path"] ?? "", problems: [fault.refusal.message] };
  }
}

/** Of one that was looked at: `tls.keyFile: expected an absolute path, found "x"`. */
function problemText(problem: { readonly path: string; readonly expected: string; readonly found: string }): string {
  const { path, expected, found } = problem;
  return `${path === "" ? "" : `${path}: `}expected ${expected}, found ${found}`;
}

/** Whether files could be made and written: a file system that is read-only says so to root too. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).slice(0, MOST_KEY_FILES);
  } catch {
    return []; // Without keys the start says so.
  }
}

function isOpen(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && (stats.mode & OTHERS) !== 0;
}
