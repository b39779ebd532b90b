import { RefusalError, refuse } from "@countersign/domain";
import type { Shell } from "../command.ts";
import { refusalReport, refused } from "../refusal-report.ts";
import { type ErrorReport, EXIT, FORMATS, render } from "../terminal.ts";
import { activate } from "./activate.ts";
import type { RearmWish } from "./client-side.ts";
import { copyOutput, keepOutput } from "./clipboard.ts";
import { installKey, removeKey } from "./keys.ts";
import { done, type Outcome } from "./outcome.ts";
import { parseSlmgr, type SlmgrWords } from "./parse.ts";
import { setClient, setHost } from "./settings.ts";
import { show } from "./show.ts";
import { sidesOf } from "./sides.ts";
import { slmgrHelp } from "./slmgr-help.ts";

type Run = Extract<SlmgrWords, { readonly kind: "run" }>;

/** The whole of slmgr; answers the exit code. */
export async function slmgr(words: readonly string[], openShell: (format: string) => Shell): Promise<number> {
  const parsed = parseSlmgr(words);
  switch (parsed.kind) {
    case "help":
      openShell("table").print(slmgrHelp());
      return EXIT.ok;
    case "usage":
      return fail(openShell("table"), usageReport(parsed.mistake));
    case "run":
      return run(parsed, openShell(parsed.flags.output));
  }
}

async function run(asked: Run, shell: Shell): Promise<number> {
  const { terminal } = shell;
  try {
    const outcome = await outcomeOf(asked, shell);
    const isSaid = outcome.lines.length > 0 || terminal.format !== "table";
    if (isSaid) terminal.answer(outcome);
    if (asked.option.deed.kind !== "copy") await keepOutput(isSaid ? render(outcome, terminal.format) : "", shell);
    return outcome.failure === undefined ? EXIT.ok : fail(shell, outcome.failure);
  } catch (error) {
    if (shell.env["COUNTERSIGN_DEBUG"] !== undefined) terminal.note((error as Error).stack ?? "");
    if (error instanceof RefusalError) return fail(shell, slmgrReport(error));
    const { reportOf } = await import("../error-report.ts");
    return fail(shell, reportOf(error, "slmgr"));
  }
}

async function outcomeOf({ option, operands, target, flags }: Run, shell: Shell): Promise<Outcome> {
  if (!FORMATS.some((format) => format === flags.output))
    throw refused("USAGE_INVALID", { expected: `-o to be one of ${FORMATS.join(", ")}`, found: flags.output });
  const { deed, name, success } = option;
  const [first = ""] = operands;
  switch (deed.kind) {
    case "nothing to do":
      return done(success, { option: name });
    case "not applicable":
      throw refused("OPTION_NOT_APPLICABLE", { option: name, detail: deed.detail, nearest: deed.nearest });
    case "later":
      throw refused("NOT_YET_AVAILABLE", { what: deed.what, instead: deed.instead });
    case "copy":
      return done(`Copied by ${await copyOutput(shell)}.`, { option: name });
  }
  const sides = await sidesOf(option, target, flags, shell);
  switch (deed.kind) {
    case "show":
      return show(sides, deed.view, first);
    case "install key":
      return installKey(sides, first === "-" ? (await shell.readInput()).trim() : first, flags.asHost);
    case "remove key":
      return removeKey(sides, first, flags.asHost);
    case "activate":
      return activate(sides, first);
    case "set host":
      return setHost(sides, option, deed, first);
    case "set client":
      return setClient(sides, option, deed, operands);
    case "rearm":
      await sides.client?.((side) => side.rearm(rearmWish(deed.scope, first)));
      return done(success, { option: name });
  }
}

function rearmWish(scope: RearmWish["scope"], id: string): RearmWish {
  switch (scope) {
    case "machine":
      return { scope };
    case "application":
      return { scope, applicationId: id.toLowerCase() };
    case "product":
      return { scope, activationId: id.toLowerCase() };
  }
}

function slmgrReport({ refusal }: RefusalError): ErrorReport {
  const report = refusalReport(refusal);
  return refusal.reason === "USAGE_INVALID" ? { ...report, hints: ["slmgr alone lists every option"] } : report;
}

function usageReport({ expected, found, hints }: Extract<SlmgrWords, { readonly kind: "usage" }>["mistake"]) {
  return { ...refusalReport(refuse("USAGE_INVALID", { expected, found })), hints };
}

function fail({ terminal }: Shell, report: ErrorReport): number {
  terminal.fail(report);
  return report.exitCode;
}
