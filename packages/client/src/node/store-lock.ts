import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The one writer of a store, or who it is. */
export type StoreLock =
  | { readonly kind: "held"; release(): Promise<void> }
  | { readonly kind: "taken"; readonly pid: number }
  /** The directory takes no lock file (read-only, full, absent). */
  | { readonly kind: "impossible"; readonly cause: NodeJS.ErrnoException };

interface Holder {
  readonly pid: number;
  readonly bootId: string;
  /** Start time of the process in clock ticks where the system tells it: process ids are used again. */
  readonly started: string;
}

/** Takes `lock` in the directory. A lock of a dead process or of an earlier boot is stale, so a kill -9 leaves none behind. */
export async function takeStoreLock(directory: string, bootId: string): Promise<StoreLock> {
  const own = `${process.pid}\n${bootId}\n${startOf(process.pid)}\n`;
  const draft = join(directory, `lock.${process.pid}.${randomUUID()}`);
  const outcome = await claim(join(directory, "lock"), draft, own).catch(
    (cause: NodeJS.ErrnoException) => ({ kind: "impossible", cause }) as const,
  );
  await rm(draft, { force: true }).catch(() => undefined);
  return outcome;

  async function claim(target: string, mine: string, text: string): Promise<StoreLock> {
    await writeFile(mine, text, { mode: 0o600 });
    for (let round = 0; round < 3; round++) {
      if (await linked(mine, target)) return { kind: "held", release: () => release(target) };
      const found = await readFile(target, "utf8").catch(() => "");
      const holder = holderOf(found);
      if (holder !== undefined && isAlive(holder, bootId)) return { kind: "taken", pid: holder.pid };
      await setAside(target, found, mine);
    }
    return { kind: "taken", pid: holderOf(await readFile(target, "utf8"))?.pid ?? 0 };
  }
}

/** A link appears whole or not at all, so nobody ever reads half a lock. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a stale lock; one that another process put there in the meantime is put back. */
async function setAside(path: string, stale: string, draft: string): Promise<void> {
  const aside = `${draft}.stale`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, "utf8").catch(() => stale);
  if (moved !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function release(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

function holderOf(text: string): Holder | undefined {
  const [pid = "", bootId = "", started = ""] = text.split("\n");
  return /^\d+$/.test(pid) ? { pid: Number(pid), bootId, started } : undefined;
}

function isAlive(holder: Holder, bootId: string): boolean {
  if (holder.bootId !== bootId || !exists(holder.pid)) return false;
  // Unequal start times: the process id was used again. In a container that may even be our own.
  const started = startOf(holder.pid);
  return started === "" || holder.started === "" || started === holder.started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/<pid>/stat, counted after the command name, which may hold spaces and parentheses; "" elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
