import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** One place to aim commands at: the data directories of a publisher, a host and a client. */
export interface Context {
  readonly name: string;
  readonly publisher: string;
  readonly host: string;
  readonly client: string;
}

/** All contexts of one user. */
export interface Contexts {
  /** "" = none in use. */
  readonly current: string;
  readonly contexts: readonly Context[];
}

const NO_CONTEXTS: Contexts = { current: "", contexts: [] };

/** The contexts of the file; none when it is not there. A file that is no JSON rejects with what was found. */
export async function readContexts(path: string): Promise<Contexts> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return NO_CONTEXTS;
  const found: unknown = JSON.parse(text);
  return isContexts(found) ? found : NO_CONTEXTS;
}

/** Adds or replaces one context and takes it into use. */
export async function writeContext(path: string, context: Context): Promise<void> {
  const { contexts } = await readContexts(path);
  const others = contexts.filter((one) => one.name !== context.name);
  await writeContexts(path, { current: context.name, contexts: [...others, context] });
}

/** Replaces the file in one step. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify(contexts, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function isContexts(value: unknown): value is Contexts {
  if (typeof value !== "object" || value === null) return false;
  const { current, contexts } = value as Partial<Contexts>;
  const isContext = (one: Partial<Context>) =>
    [one?.name, one?.publisher, one?.host, one?.client].every((part) => typeof part === "string");
  return typeof current === "string" && Array.isArray(contexts) && contexts.every(isContext);
}
