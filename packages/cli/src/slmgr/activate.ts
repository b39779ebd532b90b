import { type LicenceFacts, RefusalError } from "@countersign/domain";
import { refusalReport, refused } from "../refusal-report.ts";
import type { ErrorReport, Row } from "../terminal.ts";
import type { Outcome } from "./outcome.ts";
import { chosen, licencesOf } from "./show.ts";
import type { Sides } from "./sides.ts";

/** `/ato`: every product with a key here, or the one that is named. The first failure ends the command, after all were tried. */
export async function activate(sides: Sides, id: string): Promise<Outcome> {
  const licences = await licencesOf(sides);
  const all = [...licences.host, ...licences.client].filter(({ product }) => product.partialKey !== "");
  const found = chosen(all, id);
  const results: Result[] = [];
  for (const facts of found) results.push(await tried(facts, sides));
  const failure = results.find((result) => result.failure !== undefined)?.failure;
  return {
    lines: results.flatMap(({ lines }) => lines),
    json: { activated: results.map(({ row }) => row) },
    rows: results.map(({ row }) => row),
    short: failure?.reason ?? "activated",
    ...(failure && { failure }),
  };
}

interface Result {
  readonly lines: readonly string[];
  readonly row: Row;
  readonly failure?: ErrorReport;
}

async function tried(facts: LicenceFacts, sides: Sides): Promise<Result> {
  const { name, activationId } = facts.product;
  const opening = `Activating ${name} (${activationId}) ...`;
  try {
    const detail = await activated(facts, sides);
    return { lines: [opening, "Product activated successfully."], row: { ok: true, name, activationId, ...detail } };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const failure = refusalReport(error.refusal);
    const { reason, message } = failure;
    return { lines: [opening], row: { ok: false, name, activationId, reason, message }, failure };
  }
}

async function activated({ host, product }: LicenceFacts, sides: Sides): Promise<Row> {
  if (host !== undefined) {
    await sides.host?.((side) => side.activate());
    return {};
  }
  const asked = await sides.client?.((side) => side.activate(product.activationId));
  if (asked === undefined) throw refused("KEY_NOT_INSTALLED");
  const { host: by, count, requiredCount } = asked;
  return { host: by, count, requiredCount };
}
