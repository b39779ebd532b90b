import { z } from "zod";
import { CATEGORIES } from "../checks/check.ts";
import { REPORT_FORMAT } from "./report.ts";

const gravity = z.enum(["fatal", "error", "warning", "notice"]).describe("fatal: nothing works before it is mended");
const checkId = z
  .string()
  .regex(/^CS-[A-Z]{3}-\d{3}$/)
  .describe("stable, never reused");
const about = {
  id: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .describe("what was found; stable"),
  check: checkId,
  gravity,
  subject: z.string().describe("the host, domain, machine or product it is about"),
  cause: z.string().describe("what is wrong, as a clause"),
  evidence: z.array(z.string()).describe("what was seen, and where"),
};

/** The report as JSON: what `doctor -o json` prints, published as a JSON Schema. */
export const doctorReportSchema = z
  .object({
    format: z.literal(REPORT_FORMAT),
    standpoint: z.enum(["host", "client", "publisher", "outside"]),
    machine: z.string().describe('the machine the doctor stood on; "" = not known'),
    gatheredMs: z.number().int().describe("Unix ms by the clock of that machine"),
    softwareVersion: z.string(),
    sentence: z.string().describe("the most likely cause, its evidence, and the command that mends it"),
    causes: z
      .array(
        z.object({
          ...about,
          effect: z.string().describe("what follows from it"),
          remedy: z.string().describe('one command line as it can be typed; "" = no command can'),
          advice: z.string(),
          explains: z.array(z.string()).describe("findings that go when it is mended"),
          reasons: z.array(z.string()).describe("why it stands where it stands"),
        }),
      )
      .describe("what to mend first on top"),
    findings: z.array(z.object(about)).describe("everything that was found, causes and what follows from them"),
    checks: z.array(
      z.object({
        id: checkId,
        category: z.enum(Object.keys(CATEGORIES) as [keyof typeof CATEGORIES]),
        good: z.string().describe("the sentence of the good state"),
        outcome: z.enum(["good", "found", "skipped", "unknown"]).describe("unknown: the check could not look"),
        why: z.string().describe("of skipped and unknown"),
        findings: z.array(z.string()),
      }),
    ),
    summary: z.object({
      good: z.number().int(),
      found: z.number().int(),
      skipped: z.number().int(),
      unknown: z.number().int(),
    }),
  })
  .describe("The report of countersign doctor -o json");

/** The same as a JSON Schema (draft 2020-12). */
export function doctorReportJsonSchema(): object {
  return z.toJSONSchema(doctorReportSchema, { target: "draft-2020-12" });
}
