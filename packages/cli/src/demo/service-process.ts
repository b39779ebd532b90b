import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A publisher or host in a process of its own. */
export interface ServiceProcess {
  /** Lets it finish what it accepted. Idempotent. */
  stop(): Promise<void>;
}

/** How a service is started. */
export interface ServiceCommand {
  readonly self: readonly string[];
  readonly role: "publisher" | "host";
  readonly directory: string;
  readonly options: readonly string[];
}

/** A service that ended before it was ready: its own error line, and the exit code it gave. */
export class ServiceNotStarted extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "ServiceNotStarted";
    this.exitCode = exitCode;
  }
}

/**
 * Starts `countersign <role> serve` and waits for its line. It goes into `running` before it is ready, so that whoever is
 * interrupted meanwhile can stop it, and ends with this process however that ends: the channel between them closes.
 */
export async function startService(command: ServiceCommand, running: ServiceProcess[]): Promise<void> {
  const { self, role, directory, options } = command;
  const [program = "", ...first] = self;
  const logFile = join(directory, `${role}.log`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const log = await open(logFile, "a", 0o600);
  const words = [...first, role, "serve", "--data", directory, "-o", "jsonl", ...options];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", log.fd, "ipc"] });
  await log.close();
  running.push({ stop: () => stop(child) });
  const exit = ended(child);
  if (await Promise.race([isReady(child), exit.then(() => false)])) return;
  const exitCode = await exit;
  const told = (await readFile(logFile, "utf8")).split("\n").findLast((line) => line.startsWith("error: "));
  const found = told?.slice("error: ".length) ?? `exit code ${exitCode}`;
  throw new ServiceNotStarted(`expected the ${role} to start, found: ${found} (its log: ${logFile})`, exitCode);
}

/** Its first line says so; a stdout that closes without one belongs to a process that ends. */
async function isReady(child: ChildProcess): Promise<boolean> {
  if (child.stdout === null) return false;
  for await (const _ of createInterface({ input: child.stdout })) return true;
  return false;
}

async function ended(child: ChildProcess): Promise<number> {
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : -1;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
