// One fault done to the site, what the doctor says of it, and whether what it says mends it.
import type { Fault } from "./catalogue.ts";
import type { Deed, Json } from "./deeds/deed.ts";
import { DEEDS } from "./deeds/deeds.ts";
import type { Machine, Site } from "./site.ts";

/** One cause, as `countersign doctor -o json` prints it. */
export interface FoundCause {
  readonly id: string;
  readonly gravity: string;
  readonly cause: string;
  readonly remedy: string;
}

/** What came of a fault. */
export interface FaultResult {
  readonly id: string;
  readonly means: string;
  readonly asked: string;
  readonly expected: { readonly cause: string; readonly remedy: string };
  /** What the doctor found, the one to mend first on top. */
  readonly found: readonly FoundCause[];
  /** The first cause is the one expected, and its remedy holds the word. */
  readonly isNamed: boolean;
  /** Whether nothing fatal nor an error was found after the remedy had been typed; null: no command can mend it. */
  readonly isMended: boolean | null;
  /** What was still found then. */
  readonly left: readonly string[];
  readonly seconds: number;
  /** The fault itself could not be done: its own words. */
  readonly trouble: string;
}

/** Whether it came out as the catalogue says. */
export function isRight({ isNamed, isMended, trouble }: FaultResult): boolean {
  return isNamed && isMended !== false && trouble === "";
}

const GRAVE = ["fatal", "error"];
const STARTS_A_SERVICE = /^countersign (host|agent) serve/;
/** What a mend sets going — an attempt, a publication — is done within so many looks. */
const MOST_LOOKS = 4;

/** Puts the site back, does the fault, asks the doctor and follows it. */
export async function runFault(site: Site, fault: Fault): Promise<FaultResult> {
  const startedMs = Date.now();
  const { id, means, asked, cause, remedy, mends } = fault;
  const expected = { cause, remedy };
  const result = { id, means, asked, expected, found: [], isNamed: false, isMended: null, left: [] };
  const seconds = () => Math.round((Date.now() - startedMs) / 100) / 10;
  try {
    const deed = DEEDS[id];
    if (deed === undefined) throw new Error(`expected a deed for ${id}, found none`);
    await doDeeds(site, [deed]);
    const found = await ask(site, fault, deed);
    const [first] = found;
    const isNamed = first?.id === cause && first.remedy.includes(remedy);
    const left = mends && isNamed ? await mend(site, { fault, deed, remedy: first.remedy }) : [];
    const isMended = mends ? isNamed && left.length === 0 : null;
    return { ...result, found, isNamed, isMended, left, seconds: seconds(), trouble: "" };
  } catch (error) {
    return { ...result, seconds: seconds(), trouble: (error as Error).message };
  }
}

/** The site put back, then these done to it, one after the other. */
export async function doDeeds(site: Site, deeds: readonly Deed[]): Promise<void> {
  await site.restore({
    without: deeds.flatMap(({ without = [] }) => without),
    prepare: async () => {
      for (const deed of deeds) await deed.prepare?.(site);
    },
    ...(deeds.some(({ isUnpublished }) => isUnpublished) && { isUnpublished: true }),
  });
  for (const deed of deeds) await deed.inject?.(site);
}

/** The doctor's causes, where it stands. */
export async function ask(site: Site, { asked }: Pick<Fault, "asked">, deed: Deed): Promise<readonly FoundCause[]> {
  const machine = standpointOf({ asked }, deed);
  if (deed.bend === undefined)
    return causesOf(await site.type(machine, `countersign doctor -o json ${deed.words ?? ""}`));
  const saved = await site.type(machine, "countersign doctor -o json --save-facts seen.json");
  const facts = JSON.parse((await site.type(machine, "cat seen.json")).stdout || saved.stderr) as Json;
  deed.bend(facts);
  site.write(machine, "bent.json", JSON.stringify(facts));
  return causesOf(await site.type(machine, "countersign doctor -o json bent.json"));
}

function standpointOf({ asked }: Pick<Fault, "asked">, deed: Deed): Machine {
  return deed.at ?? (asked === "host" ? "kms" : "pc");
}

function causesOf({ stdout, stderr, code }: { stdout: string; stderr: string; code: number | null }) {
  try {
    return (JSON.parse(stdout) as { readonly causes: readonly FoundCause[] }).causes;
  } catch {
    throw new Error(`expected the doctor's JSON, found exit code ${code}: ${stdout.slice(0, 400)}${stderr}`);
  }
}

interface Mend {
  readonly fault: Fault;
  readonly deed: Deed;
  readonly remedy: string;
}

/** Types the remedy as it is printed; what the doctor then still finds of weight. */
async function mend(site: Site, { fault, deed, remedy }: Mend): Promise<readonly string[]> {
  const machine = deed.mendAt ?? standpointOf(fault, deed);
  const filled = Object.entries((await deed.fill?.(site)) ?? {});
  const line = filled.reduce((text, [place, value]) => text.replace(place, value), remedy);
  if (STARTS_A_SERVICE.test(line)) await site.follow(machine, line);
  else {
    const { code, stderr, stdout } = await site.type(machine, line);
    if (code !== 0) return [`"${remedy}" on ${machine} ended with ${code}: ${stdout}${stderr}`];
  }
  for (let look = 1; ; look++) {
    const grave = (await ask(site, fault, deed)).filter(({ gravity }) => GRAVE.includes(gravity));
    if (grave.length === 0 || look === MOST_LOOKS) return grave.map(({ id, cause }) => `${id}: ${cause}`);
  }
}
