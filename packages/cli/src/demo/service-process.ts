import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A publisher or host in a process of its own. */
export interface ServiceProcess {
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly logFile: string;
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

/** Starts `countersign <role> serve` and waits for its line. It ends with this process: the channel between them closes. */
export async function startService({ self, role, directory, options }: ServiceCommand): Promise<ServiceProcess> {
  const [program = "", ...first] = self;
  const logFile = join(directory, `${role}.log`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const log = await open(logFile, "a", 0o600);
  const words = [...first, role, "serve", "--data", directory, "-o", "jsonl", ...options];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", log.fd, "ipc"] });
  await log.close();
  const ready = await Promise.race([firstLine(child), ended(child)]);
  if (ready === undefined) {
    const text = await readFile(logFile, "utf8");
    const told = text.split("\n").findLast((line) => line.startsWith("error: "));
    throw new Error(`expected the ${role} to start, found: ${told?.slice(7) ?? "nothing said"} (see ${logFile})`);
  }
  return { ready, logFile, stop: () => stop(child) };
}

/** The port when it is free, else any free one. */
export async function freePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? 0;
}

async function firstLine(child: ChildProcess): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  return undefined;
}

async function ended(child: ChildProcess): Promise<undefined> {
  await once(child, "exit");
  return undefined;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, "0.0.0.0");
    await once(server, "listening");
    const bound = server.address();
    return typeof bound === "object" ? bound?.port : undefined;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
