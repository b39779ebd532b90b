import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KeyFault } from "../keyring.ts";

const DRAFT = ".draft";
const OF_OTHERS = 0o077;
const FILE_LIMIT_BYTES = 64 << 10;

/** Makes the directory 0700, or takes one that only its owner may enter. Drafts that a crash left are removed. */
export async function openPrivateDirectory(path: string): Promise<void> {
  await faulting(path, async () => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    refuseOthers(path, await stat(path), "700");
    for (const name of await readdir(path)) if (name.endsWith(DRAFT)) await rm(join(path, name), { force: true });
  });
}

/** Refuses one that others may enter; one that is not there is not made. */
export async function checkPrivateDirectory(path: string): Promise<void> {
  await faulting(path, async () => {
    const found = await stat(path).catch(undefinedWhenMissing);
    if (found !== undefined) refuseOthers(path, found, "700");
  });
}

/** The bytes, looked at through one handle: what was checked is what is read. undefined when there is no such file. */
export async function readPrivateFile(path: string): Promise<Uint8Array | undefined> {
  return faulting(path, async () => {
    const file = await open(path, "r").catch(undefinedWhenMissing);
    if (file === undefined) return undefined;
    try {
      const found = await file.stat();
      refuseOthers(path, found, "600");
      refuseStrange(path, found);
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  });
}

/** A new file, 0600, whole or not there; KeyFault "exists" when the name is taken, even by a process that came first by an instant. */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  await faulting(path, async () => {
    const draft = await writeDraft(path, bytes);
    try {
      // link, not rename: it is the call that refuses a name that is taken.
      await link(draft, path);
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "EEXIST" ? taken(path, error) : error;
    } finally {
      await rm(draft, { force: true });
    }
    await syncDirectory(dirname(path));
  });
}

/** The file as it was or as it shall be, never half: draft, rename, directory. */
export async function replacePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  await faulting(path, async () => {
    const draft = await writeDraft(path, bytes);
    try {
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncDirectory(dirname(path));
  });
}

/** Gone after a crash too; nothing happens when there is no such file. */
export async function removePrivateFile(path: string): Promise<void> {
  await faulting(path, async () => {
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  });
}

/** Whether the name is taken, by whatever. */
export async function isTaken(path: string): Promise<boolean> {
  return faulting(path, async () => (await stat(path).catch(undefinedWhenMissing)) !== undefined);
}

async function writeDraft(path: string, bytes: Uint8Array): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString("hex")}${DRAFT}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return draft;
}

/** A directory cannot be opened for syncing on Windows; NTFS journals its names itself. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Windows keeps no mode bits; there the directory's access list is the installer's matter. */
function refuseOthers(path: string, { mode }: Stats, wanted: string): void {
  if (process.platform === "win32" || (mode & OF_OTHERS) === 0) return;
  throw new KeyFault(
    "permissions",
    `expected ${path} to be its owner's alone (mode ${wanted}), found mode ${(mode & 0o777).toString(8)}`,
    `chmod ${wanted} ${path}, and replace the keys if somebody else may have read them`,
  );
}

/** Nothing of ours is as large, and nothing of ours is a directory. */
function refuseStrange(path: string, found: Stats): void {
  if (found.isFile() && found.size <= FILE_LIMIT_BYTES) return;
  const what = found.isFile() ? `${found.size} bytes` : "something that is no file";
  throw new KeyFault(
    "damaged",
    `expected ${path} to be a file of at most ${FILE_LIMIT_BYTES} bytes, found ${what}`,
    "restore the file from a backup",
  );
}

function taken(path: string, cause: unknown): KeyFault {
  const remedy = "keys are never overwritten: move the old one away first";
  return new KeyFault("exists", `expected no ${path}, found one`, remedy, { cause });
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

async function faulting<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(path, error);
  }
}

/** What the system refused, by our names; what is none of the system's stays as it is. */
function faultOf(path: string, error: unknown): unknown {
  if (error instanceof KeyFault || !(error instanceof Error) || !("code" in error)) return error;
  const [reason, remedy] =
    error.code === "EACCES" || error.code === "EPERM"
      ? (["permissions", "run as the user who owns the keys"] as const)
      : (["unavailable", "look at the disk of the data directory"] as const);
  return new KeyFault(reason, `expected to read and write ${path}, found ${error.message}`, remedy, { cause: error });
}
