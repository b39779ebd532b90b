import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { COMMAND, environmentIn } from "./command.ts";

/** Debian's bsdutils, essential there: runs a command on a pseudo terminal of its own. */
const SCRIPT = "/usr/bin/script";

/** Why tests on a terminal cannot run here, or false. */
export const withoutTerminal =
  process.platform !== "linux" ? "needs Linux's script(1)" : existsSync(SCRIPT) ? false : `${SCRIPT} is not installed`;

/** A command on a terminal of 80 columns, as a person types at it. */
export interface OnTerminal {
  /** What the screen was sent so far, control sequences included. */
  screen(): string;
  /** Resolves when the screen has that text so often; rejects when the command ended without it. */
  until(text: string, count?: number): Promise<void>;
  type(text: string): void;
  readonly exitCode: Promise<number>;
}

/** Starts the real command there. */
export function onTerminal(words: readonly string[], home: string, env: object = {}): OnTerminal {
  const quoted = [process.execPath, "--disable-warning=ExperimentalWarning", COMMAND, ...words].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const child = spawn(SCRIPT, ["-qec", `stty cols 80 rows 24; exec ${quoted.join(" ")}`, "/dev/null"], {
    cwd: home,
    env: { ...environmentIn(home), TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
  });
  let screen = "";
  const looks = new Set<() => void>();
  const exitCode = once(child, "exit").then(([code]) => Number(code));
  const look = () => {
    for (const one of looks) one();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    look();
  });
  return {
    screen: () => screen,
    until: (text, count = 1) =>
      new Promise((resolve, reject) => {
        const one = () => {
          if (screen.split(text).length <= count) return;
          looks.delete(one);
          resolve();
        };
        looks.add(one);
        one();
        void exitCode.then((code) => reject(new Error(`expected "${text}", found exit code ${code} and ${screen}`)));
      }),
    type: (text) => child.stdin.write(text),
    exitCode,
  };
}

/** Resolves when no process has that directory in its command line any more. */
export async function untilNobodyUses(directory: string): Promise<void> {
  while (usersOf(directory).length > 0) await turn();
}

/** The ids of the processes that have the directory in their command line. */
export function usersOf(directory: string): readonly number[] {
  const isUser = (id: string) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, "utf8").includes(directory);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((id) => /^\d+$/.test(id) && isUser(id))
    .map(Number);
}
