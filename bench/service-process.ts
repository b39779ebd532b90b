import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

/** A process of ours that serves until it is stopped. */
export interface ServiceProcess {
  /** The first line it printed: it is ready. */
  readonly line: string;
  /** From its start to that line. */
  readonly readyMs: number;
  /** Closes its stdin, or sends the signal, and waits; what it printed after its first line. */
  stop(signal?: "SIGTERM"): Promise<string>;
}

/** Starts a script of this repository, by its path from this folder. Rejects when it ends before it is ready. */
export async function startService(path: string, args: readonly string[]): Promise<ServiceProcess> {
  const script = fileURLToPath(new URL(path, import.meta.url));
  const startedMs = performance.now();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const ended = once(child, "exit");
  while (!printed.includes("\n")) {
    const [code] = await Promise.race([once(child.stdout, "data").then(() => [undefined]), ended]);
    if (code !== undefined) throw new Error(`expected ${path} to serve, found it ended with exit code ${code}`);
  }
  const readyMs = Math.round(performance.now() - startedMs);
  const line = printed.slice(0, printed.indexOf("\n"));
  return {
    line,
    readyMs,
    stop: async (signal) => {
      child.stdin.end();
      if (signal !== undefined) child.kill(signal);
      await ended;
      return printed.slice(line.length + 1).trim();
    },
  };
}
