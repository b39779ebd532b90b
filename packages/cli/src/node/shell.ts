import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Shell } from "../command.ts";
import type { Terminal } from "../terminal.ts";

/** The running process as commands see it. */
export function processShell(terminal: Terminal): Shell {
  return {
    terminal,
    print: (text) => process.stdout.write(text),
    env: process.env,
    home: homeDirectory(),
    isRoot: process.getuid?.() === 0,
    platform: process.platform,
    nowMs: () => Date.now(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    isInputTerminal: process.stdin.isTTY === true,
    readInput: async () => (await process.stdin.setEncoding("utf8").toArray()).join(""),
    interrupted: untilInterrupted(),
    onHangUp: (listener) => process.on("SIGHUP", listener),
    self: [
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url)),
    ],
  };
}

/** A container may run as an account that has neither HOME nor a line in the list of accounts. */
function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    return "/";
  }
}

/** A child of `demo` has an IPC channel: its end means that the demo is gone, however it went. */
function untilInterrupted(): Shell["interrupted"] {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve("SIGINT"));
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("disconnect", () => resolve("parent gone"));
  });
}
