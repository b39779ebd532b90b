import { z } from "zod";
import { finderFacts } from "../finder/facts-schema.ts";
import { clientFacts } from "./client-facts.ts";
import { FACTS_FORMAT, type Facts } from "./facts.ts";
import { hostFacts } from "./host-facts.ts";
import { hostPlaceFacts } from "./host-place-facts.ts";
import { instantMs, machineFacts } from "./machine-facts.ts";

/** Facts from outside, or what is wrong with them. */
export type ReadFacts =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly expected: string; readonly found: string };

const MOST_MACHINES = 1_000;

const facts = z.object({
  format: z.literal(FACTS_FORMAT),
  standpoint: z.enum(["host", "client", "publisher", "outside"]),
  gatheredMs: instantMs,
  softwareVersion: z.string(),
  machine: machineFacts.optional(),
  hosts: z.array(hostFacts).max(MOST_MACHINES),
  clients: z.array(clientFacts).max(MOST_MACHINES),
  network: finderFacts.optional(),
  place: hostPlaceFacts.optional(),
  clocks: z
    .array(
      z.object({
        of: z.string(),
        kind: z.enum(["host", "publisher", "dns", "time server"]),
        aheadMs: z.number().int(),
      }),
    )
    .max(MOST_MACHINES),
  gaps: z
    .array(
      z.object({
        source: z.enum(["machine", "host", "client", "publisher", "dns", "targets", "clock"]),
        at: z.string(),
        why: z.string(),
      }),
    )
    .max(MOST_MACHINES),
});

/** Narrows what a file holds, once: after this nothing is missing that checks read. */
export function readFacts(value: unknown): ReadFacts {
  const read = facts.safeParse(value);
  // An absent part of JSON is `undefined` here: the key is missing, the meaning is the same.
  if (read.success) return { ok: true, facts: { machine: undefined, network: undefined, ...read.data } as Facts };
  const { format } = (typeof value === "object" && value !== null ? value : {}) as { readonly format?: unknown };
  if (format !== FACTS_FORMAT)
    return { ok: false, expected: `facts of format ${FACTS_FORMAT}`, found: formatText(value, format) };
  const [issue] = read.error.issues;
  return { ok: false, expected: `facts as --save-facts writes them`, found: issueText(issue) };
}

function formatText(value: unknown, format: unknown): string {
  if (typeof value !== "object" || value === null) return "no JSON object";
  return format === undefined ? "no format" : `format ${JSON.stringify(format).slice(0, 40)}`;
}

function issueText(issue: z.core.$ZodIssue | undefined): string {
  return issue === undefined ? "something else" : `${issue.path.join(".")}: ${issue.message}`;
}
