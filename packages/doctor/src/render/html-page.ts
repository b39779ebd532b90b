import { CATEGORIES } from "../checks/check.ts";
import type { Cause, DoctorReport } from "../report/report.ts";
import { pathPicture } from "./path-picture.ts";
import { headText, pageOf, summaryText } from "./report-text.ts";

const STYLE = `
:root { color-scheme: light dark; --good: #2e7d32; --warning: #b26a00; --broken: #c62828; --quiet: #6b7280; }
@media (prefers-color-scheme: dark) { :root { --good: #81c784; --warning: #ffb74d; --broken: #ef9a9a; --quiet: #9ca3af; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.sentence { font-size: 1.15rem; border-left: .3rem solid var(--quiet); padding-left: 1rem; }
.sentence.fatal, .sentence.error { border-color: var(--broken); } .sentence.warning { border-color: var(--warning); }
svg { width: 100%; height: auto; } svg text { text-anchor: middle; fill: currentColor; }
svg circle, svg path { fill: none; stroke: var(--quiet); stroke-width: 3; } svg .state, svg .way { font-size: .8rem; }
svg .good circle, svg .good > path { stroke: var(--good); } svg .warning circle, svg .warning > path { stroke: var(--warning); stroke-dasharray: 12 5; }
svg .broken circle, svg .broken > path { stroke: var(--broken); stroke-width: 5; } svg .aside circle, svg .aside > path { stroke-dasharray: 2 6; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; }
code, pre { font-family: ui-monospace, monospace; } pre { padding: .5rem; border: 1px solid var(--quiet); overflow-x: auto; }
.found { font-weight: bold; } .skipped, .unknown { color: var(--quiet); }`;

/** The report as one file that needs nothing else: no script, no picture, no font from anywhere. */
export function htmlPage(report: DoctorReport): string {
  const { causes, sentence } = report;
  const gravity = causes[0]?.gravity ?? "notice";
  const mending =
    causes.length === 0 ? "" : `<h2>What to mend, in this order</h2>\n${causes.map(causeSection).join("\n")}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(headText(report))}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>Countersign doctor</h1>
<p>${escaped(headText(report))}</p>
<p class="sentence ${gravity}">${escaped(sentence)}</p>
${pathPicture(report)}
${mending}
<h2>Checks</h2>
<p>${escaped(summaryText(report))}</p>
${checkTable(report)}
</body>
</html>
`;
}

function causeSection({
  id,
  check,
  gravity,
  cause,
  effect,
  evidence,
  remedy,
  advice,
  explains,
  reasons,
}: Cause): string {
  const list = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`;
  const parts = [
    `<h3>${escaped(cause)}</h3>`,
    `<p>${gravity}, ${check} ${id}. What follows: ${escaped(effect)}.</p>`,
    evidence.length === 0 ? "" : `<p>Seen:</p>${list(evidence)}`,
    remedy === "" ? "" : `<pre>${escaped(remedy)}</pre>`,
    `<p>${escaped(advice)}.</p>`,
    explains.length === 0 ? "" : `<p>It accounts for ${escaped(explains.join(", "))}.</p>`,
    `<details><summary>Why here</summary>${list(reasons)}</details>`,
    `<p><code>${pageOf(check)}</code></p>`,
  ];
  return `<section>${parts.join("\n")}</section>`;
}

function checkTable({ checks }: DoctorReport): string {
  const rows = checks.map(({ id, category, good, outcome, why, findings }) => {
    const more = why === "" ? findings.join(", ") : why;
    const cells = [id, CATEGORIES[category], good, outcome, more].map((cell) => `<td>${escaped(cell)}</td>`);
    return `<tr class="${outcome}">${cells.join("")}</tr>`;
  });
  const head = ["Check", "Of", "Good is", "Outcome", ""].map((cell) => `<th>${cell}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

/** Names come from the network: nothing of them is markup. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
