import type { Shell } from "./command.ts";
import { GROUPS } from "./commands/groups.ts";
import { loadAction, parseCommandLine } from "./program.ts";
import { EXIT } from "./terminal.ts";

/** Runs one command of the table; answers its exit code. */
export async function runCommand(words: readonly string[], openShell: (format: string) => Shell): Promise<number> {
  const plain = openShell("table");
  const parsed = await parseCommandLine(words, GROUPS, (text) => plain.print(text));
  switch (parsed.kind) {
    case "shown":
      return EXIT.ok;
    case "usage": {
      const { usageReport } = await import("./error-report.ts");
      const report = usageReport(parsed.mistake);
      plain.terminal.fail(report);
      return report.exitCode;
    }
    case "run": {
      const shell = openShell(parsed.format);
      try {
        const act = await loadAction(parsed.command);
        return await act(parsed.given, shell);
      } catch (error) {
        const { reportOf } = await import("./error-report.ts");
        if (shell.env["COUNTERSIGN_DEBUG"] !== undefined) shell.terminal.note((error as Error).stack ?? "");
        const report = reportOf(error, parsed.command.name);
        shell.terminal.fail(report);
        return report.exitCode;
      }
    }
  }
}
