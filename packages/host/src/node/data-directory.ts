import { mkdirSync } from "node:fs";
import { RefusalError, refuse } from "@countersign/domain";

/** Makes the directory of a host, for its own account only. */
export function makeDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const detail = (error as NodeJS.ErrnoException).code ?? "";
    throw new RefusalError(refuse("FILE_UNREADABLE", { path, detail }), { cause: error });
  }
}
