import type { Shell } from "./command.ts";
import { processShell } from "./node/shell.ts";
import { EXIT, FORMATS, openTerminal } from "./terminal.ts";

/** The whole command: the only place that ends the process. */
export async function main(words: readonly string[]): Promise<void> {
  process.stdout.on("error", endOnClosedPipe);
  process.exit(await exitCodeOf(words));
}

/** slmgr has a way of its own in: what the other commands need is not loaded for it. */
async function exitCodeOf(words: readonly string[]): Promise<number> {
  if (words[0] === "slmgr") {
    const { slmgr } = await import("./slmgr/slmgr.ts");
    return slmgr(words.slice(1), openShell);
  }
  const { runCommand } = await import("./run-command.ts");
  return runCommand(words, openShell);
}

/** The process as a command that prints in that form sees it. */
function openShell(format: string): Shell {
  return processShell(
    openTerminal({
      stdout: process.stdout,
      stderr: process.stderr,
      format: FORMATS.find((known) => known === format) ?? "table",
      colour: process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb",
    }),
  );
}

/** `countersign … | head` is no error. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.ok);
}
