import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RefusalError, refuse } from "@countersign/domain";

const OPERATORS = "countersign-operators";
/** Others may pass to a socket whose name they know, and list nothing. */
const PASSABLE = 0o711;

/** Makes the directory of a host. What is made above it may be passed through. */
export function makeDataDirectory(path: string): void {
  try {
    const first = mkdirSync(path, { recursive: true, mode: 0o700 });
    for (let above = dirname(path); first !== undefined && above.startsWith(first); above = dirname(above))
      chmodSync(above, PASSABLE);
  } catch (error) {
    const detail = (error as NodeJS.ErrnoException).code ?? "";
    throw new RefusalError(refuse("FILE_UNREADABLE", { path, detail }), { cause: error });
  }
}

/** The sockets of a host in its directory, which others may reach from now on. */
export function openForSockets(dataDirectory: string) {
  makePassable(dataDirectory);
  const [admin, view] = [join(dataDirectory, "admin.sock"), join(dataDirectory, "view.sock")];
  return { admin, view, operators: process.getuid?.() === 0 ? groupIdOf(OPERATORS) : undefined };
}

/** Once the store is its owner's alone. Where rights cannot be changed the directory stays as closed as it is. */
function makePassable(dataDirectory: string): void {
  try {
    for (const name of ["host.db", "host.db-wal", "host.db-shm"]) {
      const path = join(dataDirectory, name);
      if (existsSync(path)) chmodSync(path, 0o600);
    }
    chmodSync(dataDirectory, PASSABLE);
  } catch {
    // A disk that is read-only, or files of another account: others look through a token then.
  }
}

/** Of the system's own list of groups; a group elsewhere is not looked for. */
function groupIdOf(name: string): number | undefined {
  try {
    const line = readFileSync("/etc/group", "utf8")
      .split("\n")
      .find((text) => text.startsWith(`${name}:`));
    return line === undefined ? undefined : Number(line.split(":")[2]);
  } catch {
    return undefined;
  }
}
