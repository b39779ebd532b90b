import { ALL_CHECKS } from "../packages/doctor/src/checks/catalogue.ts";
import {
  CATEGORIES,
  type Category,
  type Check,
  type CheckId,
  type FindingRow,
  type Gravity,
} from "../packages/doctor/src/checks/check.ts";
import { PRE_CHECKS } from "../packages/doctor/src/checks/pre-checks.ts";
import type { ReferencePage } from "./reference-docs.ts";

/** Those of a report, and those of `--pre`. */
const CHECKS = [...ALL_CHECKS, ...PRE_CHECKS];

const NOTICE = "<!-- Made by `npm run generate` from packages/doctor/src/checks; change it there. -->";
const FOLDER = "reference/checks";

/** Nothing but a place: only a report can say it. */
const IS_PLACE = /^\{\w+\}$/;

const GRAVITY_TEXT: Readonly<Record<Gravity, string>> = {
  fatal: "nothing works before it is mended",
  error: "something does not work",
  warning: "it works, and will not for ever",
  notice: "worth knowing",
};

/** A page for every check of the doctor, and their index. */
export function checkPages(): readonly ReferencePage[] {
  return [
    { path: `${FOLDER}/README.md`, text: index() },
    ...CHECKS.map((check) => ({ path: `${FOLDER}/${check.id}.md`, text: checkPage(check) })),
  ];
}

function checkPage({ id, good, about, needs, findings, byHand }: Check): string {
  return page([
    NOTICE,
    `# ${id}: ${good}`,
    about,
    needs.length === 0 ? "" : `It is skipped while one of these is not good: ${needs.map(linkTo).join(", ")}.`,
    ...Object.entries<FindingRow>(findings).flatMap(([name, row]) => findingSection(id, name, row)),
    "## How to see it by hand",
    code("sh", byHand),
    "[All checks](README.md)",
  ]);
}

function findingSection(id: CheckId, name: string, { gravity, cause, effect, remedy, advice }: FindingRow) {
  return [
    `## ${name}`,
    `*${sentenceCase(gravity)}: ${GRAVITY_TEXT[gravity]}.* It looks like this:`,
    code("text", [`${id} ${name}: ${readable(cause)}`]),
    ...[IS_PLACE.test(effect) ? "What follows from it the report says." : `What follows: ${readable(effect)}.`],
    ...[IS_PLACE.test(advice) ? "" : `What to do: ${readable(advice)}.`],
    ...remedyBlocks(remedy),
  ];
}

/** A command that is wholly one of its places depends on the machine: only a report can print it. */
function remedyBlocks(remedy: string): readonly string[] {
  if (remedy === "") return ["No command mends it."];
  if (/^\{\w+\}/.test(remedy)) return ["The report prints the command for that machine and the way it is set up."];
  return [code("sh", [readable(remedy)])];
}

function index(): string {
  const sections = (Object.keys(CATEGORIES) as Category[]).flatMap((category) => {
    const checks = CHECKS.filter(({ id }) => id.slice(3, 6) === category);
    const rows = checks.map(({ id, good, findings }) => [linkTo(id), good, Object.keys(findings).join(", ")]);
    return rows.length === 0 ? [] : [`## ${sentenceCase(CATEGORIES[category])}`, table(rows)];
  });
  return page([
    NOTICE,
    "# Checks",
    `The doctor has ${CHECKS.length} checks. Each looks at facts that were gathered before and changes nothing. An id stays what it is and is ` +
      "never given to another check. A check that could not look says so and has not failed; one that needs another is skipped " +
      "with the reason while that one is not good. Words in ‹› stand for what was found.",
    table(Object.entries(GRAVITY_TEXT), ["A finding is", "when"]),
    ...sections,
  ]);
}

function table(
  rows: readonly (readonly string[])[],
  head: readonly string[] = ["Check", "Good is", "Findings"],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `{name}` as ‹name›. */
function readable(text: string): string {
  return text.replace(/\{(\w+)\}/g, "‹$1›");
}

const linkTo = (id: CheckId) => `[${id}](${id}.md)`;
const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const code = (language: string, lines: readonly string[]) => [`\`\`\`${language}`, ...lines, "```"].join("\n");
const page = (blocks: readonly string[]) => `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
