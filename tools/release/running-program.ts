import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process that is talked to by lines. */
export interface RunningProgram {
  /** What the wanted line makes of the lines from here on; rejects with what the process said when it ends before. */
  until<Found>(read: (line: string) => Found | undefined): Promise<Found>;
  say(line: string): void;
  /** Asks it to end and answers its exit code. */
  end(how: "end of input" | "SIGTERM"): Promise<number | null>;
}

/** Starts a process; it is ended with the test at the latest, by `end`. */
export function startProgram(
  command: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): RunningProgram {
  const [program, ...words] = command;
  const child = spawn(program, words, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  child.stdin.on("error", () => undefined);
  return {
    async until(read) {
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        said.push(`${next.value}\n`);
        const found = read(next.value);
        if (found !== undefined) return found;
      }
      throw new Error(`${command.join(" ")} ended before it said what was expected; it said:\n${said.join("")}`);
    },
    say: (line) => void child.stdin.write(`${line}\n`),
    async end(how) {
      if (how === "SIGTERM") child.kill("SIGTERM");
      else child.stdin.end();
      const [code] = await exited;
      return code;
    },
  };
}
