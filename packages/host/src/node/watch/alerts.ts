import { spawn } from "node:child_process";
import { inTurn } from "@countersign/storage";
import type { HostLog } from "../../core/host-parts.ts";
import type { FindingChanges, StandingFinding } from "../../core/watch/finding-changes.ts";
import { type AlertsSection, GRAVITIES } from "./alerts-section.ts";

/** What a receiver gets: one change of one finding. */
export interface Alert {
  readonly host: string;
  readonly hostId: string;
  readonly change: "appeared" | "cleared";
  readonly finding: StandingFinding;
}

/** Tells others of findings. Never waited for, never rejects. */
export interface Alerts {
  tell(changes: FindingChanges): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}

const POST_MS = 10_000;
const COMMAND_MS = 30_000;
/** Beyond them changes are dropped and said in the log: a receiver that hangs costs memory for so many. */
const MOST_WAITING = 100;
/** A receiver that restarts is met again. */
const RETRIES_MS = [5_000, 60_000];

/** Over the section of the configuration; nobody is told without one. */
export function openAlerts(
  section: AlertsSection | undefined,
  who: Pick<Alert, "host" | "hostId">,
  log: HostLog,
): Alerts {
  const { webhook, command, arguments: words = [], least = "warning" } = section ?? {};
  const ended = new AbortController();
  const post = inTurn();
  const run = inTurn();
  let waiting = 0;
  const send = async (turn: typeof post, what: string, work: () => Promise<void>): Promise<void> => {
    if (waiting >= MOST_WAITING) return log.warn({ what }, "a finding was not told: too many wait");
    waiting++;
    await turn(work).catch((fault) => {
      if (!ended.signal.aborted) log.warn({ what, err: fault }, "a finding could not be told");
    });
    waiting--;
  };
  const one = (alert: Alert): void => {
    const text = JSON.stringify(alert);
    if (webhook !== undefined) void send(post, webhook, () => posted(webhook, text, ended.signal));
    if (command !== undefined) void send(run, command, () => ran(command, words, text, ended.signal));
  };
  return {
    tell({ appeared, cleared }) {
      const isGrave = ({ gravity }: StandingFinding) => GRAVITIES.indexOf(gravity) <= GRAVITIES.indexOf(least);
      for (const finding of appeared.filter(isGrave)) one({ ...who, change: "appeared", finding });
      for (const finding of cleared.filter(isGrave)) one({ ...who, change: "cleared", finding });
    },
    async close() {
      ended.abort();
      await Promise.all([post(async () => {}), run(async () => {})]);
    },
  };
}

/** Redirects are not followed: what is posted goes where the configuration says. */
async function posted(url: string, body: string, signal: AbortSignal): Promise<void> {
  for (const [attempt, waitMs] of [...RETRIES_MS, undefined].entries()) {
    signal.throwIfAborted();
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(POST_MS)]);
      const headers = { "content-type": "application/json" };
      const answer = await fetch(url, { method: "POST", headers, body, redirect: "error", signal: within });
      await answer.body?.cancel();
      if (answer.ok) return;
      throw new Error(`expected the webhook to answer 2xx, found ${answer.status}`);
    } catch (fault) {
      if (waitMs === undefined || signal.aborted) throw fault;
      await passed(waitMs, signal);
    }
    if (attempt === RETRIES_MS.length) return;
  }
}

/** The program has a moment; what it prints is nobody's. */
function ran(path: string, words: readonly string[], text: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // Nothing of the host's own: its environment may hold secrets.
    const within = AbortSignal.any([signal, AbortSignal.timeout(COMMAND_MS)]);
    const env = { PATH: process.env["PATH"] ?? "" };
    const options = { env, killSignal: "SIGKILL", signal: within } as const;
    const program = spawn(path, words, { ...options, stdio: ["pipe", "ignore", "ignore"], windowsHide: true });
    program.once("error", reject);
    program.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`expected ${path} to end with 0, found ${code ?? "that it was ended"}`));
    });
    program.stdin.on("error", () => {}); // One that does not read what it is told ends as it likes.
    program.stdin.end(`${text}\n`);
  });
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
