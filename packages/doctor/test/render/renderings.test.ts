// Golden files: `node --test --test-update-snapshots` writes them anew; whoever does reads the difference.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import { htmlPage } from "../../src/render/html-page.ts";
import { nagiosLine } from "../../src/render/nagios-line.ts";
import { type PathPlace, pathStates, placeOf } from "../../src/render/path-picture.ts";
import { reportText } from "../../src/render/report-text.ts";
import { shortText } from "../../src/render/short-text.ts";
import type { DoctorReport } from "../../src/report/report.ts";
import { BROKEN, WELL } from "./sample-report.ts";

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const asText = { serializers: [(text: string) => text] };

/** Every rendering by the name of its golden file. */
const RENDERINGS: Readonly<Record<string, (report: DoctorReport) => string>> = {
  "terminal.txt": (report) => linesOf(report, false),
  "terminal-why.txt": (report) => linesOf(report, true),
  "short.txt": (report) => `${shortText(report)}\n`,
  "nagios.txt": (report) => `${nagiosLine(report).line}\n`,
  "json.json": (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  "page.html": (report) => htmlPage(report),
};

describe("the renderings of a report", () => {
  for (const [name, render] of Object.entries(RENDERINGS)) {
    it(`${name}: of a machine with three causes, and of one that is well`, (t) => {
      t.assert.fileSnapshot(render(BROKEN), golden(`broken-${name}`), asText);
      t.assert.fileSnapshot(render(WELL), golden(`well-${name}`), asText);
    });
  }

  it("the sentence is the last line at a terminal and of the form for pasting, and is in every other", () => {
    for (const render of [RENDERINGS["terminal.txt"], RENDERINGS["short.txt"]])
      assert.equal(render?.(WELL).trimEnd().split("\n").at(-1), WELL.sentence);
    assert.match(htmlPage(WELL), /<p class="sentence notice">Nothing is wrong\.<\/p>/);
    assert.match(nagiosLine(WELL).line, /^COUNTERSIGN OK - Nothing is wrong\. \|/);
  });

  it("a grave finding hides no other: all three are named in every form", () => {
    for (const render of ["terminal.txt", "short.txt", "json.json", "page.html"])
      for (const { id } of BROKEN.causes) assert.match(RENDERINGS[render]?.(BROKEN) ?? "", new RegExp(id));
  });

  it("a name from the network is no markup, no performance data and no second line", () => {
    assert.doesNotMatch(htmlPage(BROKEN), /<script/);
    const sentence = "a | b\nc";
    assert.match(nagiosLine({ ...BROKEN, sentence }).line, /^COUNTERSIGN CRITICAL - a \/ b c \| good=2/);
  });

  it("the page needs nothing else: no address leads out of it", () => {
    assert.doesNotMatch(htmlPage(BROKEN), /(?:src|href)=|url\(|@import|https?:/);
  });
});

describe("the exit code of a plugin", () => {
  const CODES: readonly (readonly [string, DoctorReport, number])[] = [
    ["0 where nothing is wrong", WELL, 0],
    ["0 for a notice alone", only("notice"), 0],
    ["1 for a warning", only("warning"), 1],
    ["2 for an error", only("error"), 2],
    [
      "2 for what is fatal, whatever could not be looked at",
      { ...only("fatal"), summary: { ...WELL.summary, unknown: 3 } },
      2,
    ],
    [
      "3 where nothing was found and something could not be looked at",
      { ...WELL, summary: { ...WELL.summary, unknown: 1 } },
      3,
    ],
    ["3 where nothing could be looked at", { ...WELL, summary: { ...WELL.summary, good: 0, skipped: 2 } }, 3],
  ];
  for (const [title, report, exitCode] of CODES) it(title, () => assert.equal(nagiosLine(report).exitCode, exitCode));
});

describe("the picture of the path", () => {
  it("every check has a place on it", () => {
    const places: readonly PathPlace[] = ["client", "client-dns", "dns", "client-host", "host", "host-publisher"];
    for (const { id } of ALL_CHECKS) assert.ok(places.includes(placeOf(id)), id);
    for (const place of places)
      assert.ok(
        ALL_CHECKS.some(({ id }) => placeOf(id) === place),
        `no check looks at ${place}`,
      );
  });

  it("breaks where the cause lies, and nowhere else", () => {
    const states = pathStates(BROKEN);
    assert.equal(states["client-host"], "broken");
    assert.deepEqual(
      Object.values(states).filter((state) => state === "broken"),
      ["broken"],
    );
  });

  it("says where nobody could look, and where nobody looked", () => {
    assert.equal(pathStates(BROKEN).dns, "unknown");
    assert.equal(pathStates(WELL).dns, "aside");
    assert.equal(pathStates(WELL)["client-host"], "good");
  });
});

function linesOf(report: DoctorReport, why: boolean): string {
  return reportText(report, { why })
    .map(({ text }) => `${text}\n`)
    .join("");
}

function only(gravity: DoctorReport["causes"][number]["gravity"]): DoctorReport {
  return { ...WELL, causes: BROKEN.causes.slice(0, 1).map((cause) => ({ ...cause, gravity })) };
}
