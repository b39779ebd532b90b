import { GROUPS } from "./commands/groups.ts";
import { processShell } from "./node/shell.ts";
import { loadAction, parseCommandLine } from "./program.ts";
import { type ErrorReport, EXIT, FORMATS, openTerminal, type Terminal } from "./terminal.ts";

/** The whole command: the only place that ends the process. */
export async function main(words: readonly string[]): Promise<void> {
  process.stdout.on("error", endOnClosedPipe);
  process.exit(await exitCodeOf(words));
}

async function exitCodeOf(words: readonly string[]): Promise<number> {
  const parsed = await parseCommandLine(words, GROUPS, (text) => process.stdout.write(text));
  switch (parsed.kind) {
    case "shown":
      return EXIT.ok;
    case "usage": {
      const { usageReport } = await import("./error-report.ts");
      return fail(terminal("table"), usageReport(parsed.mistake));
    }
    case "run": {
      const output = terminal(parsed.format);
      try {
        const act = await loadAction(parsed.command);
        return await act(parsed.given, processShell(output));
      } catch (error) {
        const { reportOf } = await import("./error-report.ts");
        if (process.env["COUNTERSIGN_DEBUG"] !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
        return fail(output, reportOf(error, parsed.command.name));
      }
    }
  }
}

function terminal(format: string): Terminal {
  return openTerminal({
    stdout: process.stdout,
    stderr: process.stderr,
    format: FORMATS.find((known) => known === format) ?? "table",
    colour: process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb",
  });
}

function fail(output: Terminal, report: ErrorReport): number {
  output.fail(report);
  return report.exitCode;
}

/** `countersign … | head` is no error. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.ok);
}
