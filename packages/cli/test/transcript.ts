import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentIn } from "./command.ts";

/**
 * A transcript: what a person types and sees.
 *
 *   $ command      run by sh to its end          & command   started; stays up until ^C or the end of the transcript
 *   text           its stdout, all of it         ! text      its stderr, all of it
 *   ? 4            its exit code, 0 when absent  ^C          interrupts what was started last
 *   # text         a remark
 *
 * `{name}` in what is seen takes what stands there and must agree from then on; in a command it is that text. `…` is any
 * text that does not matter; empty lines are not looked at.
 */
export interface Step {
  readonly kind: "run" | "start" | "interrupt";
  readonly line: number;
  readonly command: string;
  readonly stdout: readonly string[];
  /** undefined: not looked at, as the exit code. */
  readonly stderr: readonly string[] | undefined;
  readonly exitCode: number | undefined;
}

/** What `{name}`s stand for so far. */
export type Values = Map<string, string>;

/** Reads the lines of a transcript. */
export function readTranscript(text: string): readonly Step[] {
  const steps: (Step & { stdout: string[]; stderr: string[] | undefined; exitCode: number })[] = [];
  for (const [index, line] of text.trimEnd().split("\n").entries()) {
    const opening = /^(?:([$&]) (.+)|\^C)$/.exec(line);
    const step = steps.at(-1);
    if (opening !== null) {
      const kind = opening[1] === "$" ? "run" : opening[1] === "&" ? "start" : "interrupt";
      const stderr = kind === "run" ? [] : undefined;
      steps.push({ kind, line: index + 1, command: opening[2] ?? "^C", stdout: [], stderr, exitCode: 0 });
    } else if (line.startsWith("# ") || line === "") continue;
    else if (step === undefined) throw new Error(`expected a command before line ${index + 1}, found "${line}"`);
    else if (line.startsWith("! ")) step.stderr?.push(line.slice(2));
    else if (line.startsWith("? ")) step.exitCode = Number(line.slice(2));
    else step.stdout.push(line);
  }
  return steps;
}

/**
 * Reads the `console` blocks of a page as a transcript of one terminal, where stdout and stderr stand together; a service
 * is started and stays. `ports`: the default ones by the name of the free one that stands in.
 */
export function readTutorial(markdown: string, ports: Readonly<Record<string, string>>): readonly Step[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((block) => block[1] ?? "");
  const text = Object.entries(ports).reduce((all, [port, name]) => all.replaceAll(port, `{${name}}`), blocks.join(""));
  const lines = text.split("\n").map((line) => {
    if (!line.startsWith("$ ")) return line;
    return / serve /.test(line) ? line.replace("$", "&") : `$ { ${line.slice(2)}; } 2>&1`;
  });
  return readTranscript(lines.join("\n")).map((step) => ({ ...step, stderr: undefined, exitCode: undefined }));
}

/** Goes through the steps in a directory; rejects at the first that is not as written. Ends what it started. */
export async function playTranscript(steps: readonly Step[], directory: string, values: Values): Promise<void> {
  const started: ChildProcess[] = [];
  try {
    for (const step of steps) await play(step, { directory, values, started });
  } finally {
    for (const child of started) await interrupt(child);
  }
}

interface Playing {
  readonly directory: string;
  readonly values: Values;
  readonly started: ChildProcess[];
}

async function play(step: Step, { directory, values, started }: Playing): Promise<void> {
  if (step.kind === "interrupt") {
    const child = started.pop();
    if (child === undefined) throw new Error(`line ${step.line}: expected something that was started, found nothing`);
    agree(step, { "exit code": [String(step.exitCode), String(await interrupt(child))] }, values);
    return;
  }
  const child = shell(step.command, directory, values);
  const ended = once(child, "exit").then(([code]) => code as number | null);
  if (step.kind === "start") {
    started.push(child);
    agree(step, { stdout: [step.stdout.join("\n"), await linesOf(child, step.stdout.length, ended)] }, values);
    return;
  }
  const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  const pairs: Record<string, readonly [string, string]> = {};
  if (step.stderr !== undefined) pairs["stderr"] = [step.stderr.join("\n"), stderr];
  pairs["stdout"] = [step.stdout.join("\n"), stdout];
  if (step.exitCode !== undefined) pairs["exit code"] = [`${step.exitCode}`, `${code}`];
  agree(step, pairs, values);
}

/** The command and the pinned Node are on the path, as after `npm ci`. */
function shell(command: string, directory: string, values: Values): ChildProcess {
  const text = command.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
  const environment = environmentIn(directory);
  const path = [BIN, environment["PATH"]].join(delimiter);
  return spawn("/bin/sh", ["-c", `exec ${text}`.replace(/^exec (?=.*[|;&=])/, "")], {
    cwd: directory,
    env: { ...environment, PATH: path },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

const BIN = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "node_modules", ".bin");

async function textOf(stream: ChildProcess["stdout"]): Promise<string> {
  return stream === null ? "" : (await stream.setEncoding("utf8").toArray()).join("");
}

/** The first lines, or all there are when it ends before; its stderr flows away meanwhile, or is told when it ends. */
function linesOf(child: ChildProcess, count: number, ended: Promise<unknown>): Promise<string> {
  const stderr = textOf(child.stderr);
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (text.split("\n").length > count) resolve(text.trimEnd());
    });
    void Promise.all([ended, stderr]).then(([code, told]) => resolve(`${text}ended with ${code}: ${told}`));
  });
}

async function interrupt(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  return code as number | null;
}

/** What was expected and found, by where. */
type Pairs = Readonly<Record<string, readonly [expected: string, found: string]>>;

function agree(step: Step, pairs: Pairs, values: Values): void {
  for (const [where, [expected, found]] of Object.entries(pairs)) {
    const text = found
      .replace(/(\r?\n)+/g, "\n")
      .replace(/^\n/, "")
      .trimEnd();
    const match = patternOf(expected, values).exec(text);
    if (match === null)
      throw new Error(
        [`line ${step.line}: ${step.command}`, `expected ${where}:`, indented(expected), "found:", indented(text)].join(
          "\n",
        ),
      );
    for (const [name, value] of Object.entries(match.groups ?? {})) values.set(name, value);
  }
}

/** A name that is known stands for its text, another for what is found, the same wherever it stands. */
function patternOf(expected: string, values: Values): RegExp {
  const names = new Set<string>();
  const pattern = expected.replace(/\{(\w+)\}|…|[.*+?^$()[\]\\|{}]/g, (part, name?: string) => {
    if (part === "…") return ".*";
    if (name === undefined) return `\\${part}`;
    const known = values.get(name);
    if (known !== undefined) return escaped(known);
    if (names.has(name)) return `\\k<${name}>`;
    names.add(name);
    return `(?<${name}>\\S+)`;
  });
  return new RegExp(`^${pattern}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^$()[\]\\|{}]/g, "\\$&");
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
