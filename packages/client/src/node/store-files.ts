import { chmod, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * The few verbs on one directory that the trusted store is built of; a test cuts them at any of their steps.
 * Each rejects with the operating system's error; `read` answers undefined for a name that is not there.
 */
export interface StoreFiles {
  read(name: string): Promise<Uint8Array | undefined>;
  /** O_EXCL, 0600, whole content, fsync. */
  writeNew(name: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncDirectory(): Promise<void>;
  /** Fine when the name is not there. */
  remove(name: string): Promise<void>;
}

/** The verbs on a real directory, made 0700 when it is not there. A directory that cannot be made shows at the first verb. */
export async function diskFiles(directory: string): Promise<StoreFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(() => undefined);
  return {
    read: (name) => readFile(join(directory, name)).catch(absentOnly),
    writeNew: (name, bytes) => writeNew(join(directory, name), bytes),
    rename: (from, to) => rename(join(directory, from), join(directory, to)),
    syncDirectory: () => syncDirectory(directory),
    remove: (name) => rm(join(directory, name), { force: true }),
  };
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows cannot open a directory; its rename is durable with the file system's own journal. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function absentOnly(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  return undefined;
}

/** Takes the rights of others away from a secret file; best effort on file systems without modes. */
export async function makePrivate(directory: string, name: string): Promise<void> {
  await chmod(join(directory, name), 0o600).catch(() => undefined);
}
