import type { Beginning, Machine, Site } from "../site.ts";

/** JSON as it is read: a deed that bends facts knows their form only by the names it writes. */
// biome-ignore lint/suspicious/noExplicitAny: the facts are another program's, seen through JSON
export type Json = any;

/** Something done to a running site. */
export type Change = (site: Site) => Promise<void>;

/** How a fault is done; nothing in it knows the doctor. */
export interface Deed extends Beginning {
  /** What is done to the running site. */
  readonly inject?: Change;
  /** Instead: the facts of such a day, made from those of the healthy site. */
  readonly bend?: (facts: Json) => void;
  /** Where the doctor is asked; nothing said: on `kms` or `pc`, as the catalogue has it. */
  readonly at?: Machine;
  /** What is typed after `countersign doctor`. */
  readonly words?: string;
  /** Where its remedy is typed; nothing said: where it was asked. */
  readonly mendAt?: Machine;
  /** What a person puts in the place of the words in capitals. */
  readonly fill?: (site: Site) => Promise<Readonly<Record<string, string>>>;
}

/** By the id of the fault. */
export type Deeds = Readonly<Record<string, Deed>>;

/** Types lines on a machine, each to its end; rejects at the first that fails. */
export async function typed(site: Site, machine: Machine, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const { code, stdout, stderr } = await site.type(machine, line);
    if (code !== 0)
      throw new Error(`expected "${line}" on ${machine} to end with 0, found ${code}: ${stdout}${stderr}`);
  }
}
