import { readFileSync } from "node:fs";
import { RefusalError, refuse } from "@countersign/domain";
import type { TlsFiles } from "./host-options.ts";

/** The PEM texts of a certificate and its key. */
export function readTls(files: TlsFiles | undefined) {
  return files && { cert: readText(files.certificateFile), key: readText(files.keyFile) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const detail = (error as NodeJS.ErrnoException).code ?? "";
    throw new RefusalError(refuse("FILE_UNREADABLE", { path, detail }), { cause: error });
  }
}
