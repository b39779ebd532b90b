import { spawn } from "node:child_process";
import { KeyFault, type KeyFaultReason } from "../keyring.ts";
import { REPLY_STATUS, replyReader, requestFrame, type SignerReply, type SignerRequest } from "./frames.ts";

/** How a signer process is started. */
export interface SignerCommand {
  /** An absolute path: without our environment there is no PATH to look in. */
  readonly command: string;
  readonly arguments: readonly string[];
  /** All of its environment. Nothing of ours reaches it: ours may hold a passphrase. */
  readonly environment: Readonly<Record<string, string>>;
  /** The longest wait for one answer; then the process is ended, since nobody knows what it is doing. */
  readonly timeoutMs: number;
}

/** One life of a signer process. */
export interface SignerProcess {
  /** False when it ended or was given up: the next use needs another one. */
  readonly isUsable: boolean;
  /** KeyFault "unavailable" when it dies, is silent for too long or talks nonsense; "missing" or "passphrase" when it says so. */
  ask(question: Omit<SignerRequest, "id">): Promise<Uint8Array>;
  /** Closes its input, which asks it to end; ends it when it does not. */
  stop(): Promise<void>;
}

/** Starts the process. What goes wrong with starting reaches the first question. Its stderr is ours, for its log. */
export function startSignerProcess(how: SignerCommand): SignerProcess {
  const { command, timeoutMs } = how;
  const child = spawnSigner(how);
  const questions = openQuestions();
  let isUsable = true;
  let lastId = 0;
  const giveUp = (found: string, cause?: unknown) => {
    isUsable = false;
    questions.rejectAll(unavailable(command, found, cause));
    child.kill("SIGKILL");
  };
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      giveUp(error.message, error);
      resolve();
    });
    child.once("exit", () => {
      isUsable = false;
      resolve();
    });
  });
  // Not at its exit: what it wrote before that is still to be read.
  child.once("close", (code, signal) => giveUp(`it ended with ${signal ?? `exit code ${code}`}`));
  // A process that died leaves a broken pipe; its end is the news.
  child.stdin.on("error", () => {});
  const read = replyReader();
  child.stdout.on("data", (chunk: Uint8Array) => {
    try {
      for (const reply of read(chunk)) questions.settle(reply, command);
    } catch (error) {
      giveUp(`an answer against the protocol: ${(error as Error).message}`, error);
    }
  });
  return {
    get isUsable() {
      return isUsable;
    },
    ask: async (question) => {
      lastId = (lastId + 1) >>> 0;
      const frame = requestFrame({ ...question, id: lastId });
      const answer = questions.open(lastId);
      const patience = setTimeout(() => giveUp(`no answer in ${timeoutMs} ms`), timeoutMs);
      child.stdin.write(frame);
      return answer.finally(() => clearTimeout(patience));
    },
    stop: async () => {
      const patience = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      child.stdin.end();
      await ended;
      clearTimeout(patience);
    },
  };
}

/** In a group of its own: Ctrl-C in a terminal is for us, and what we accepted is still to be signed. */
function spawnSigner({ command, arguments: words, environment }: SignerCommand) {
  return spawn(command, words, {
    stdio: ["pipe", "pipe", "inherit"],
    env: environment,
    detached: process.platform !== "win32",
    windowsHide: true,
  });
}

/** Questions that wait for their answer, by number. */
function openQuestions() {
  const waiting = new Map<number, { resolve(payload: Uint8Array): void; reject(fault: KeyFault): void }>();
  return {
    open: (id: number) =>
      new Promise<Uint8Array>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
      }),
    /** Throws a RangeError for what answers no open question. */
    settle: (reply: SignerReply, command: string): void => {
      const asker = waiting.get(reply.id);
      if (asker === undefined)
        throw new RangeError(`expected an answer to an open question, found one to number ${reply.id}`);
      const refused = refusedBy(reply, command);
      waiting.delete(reply.id);
      if (refused === undefined) asker.resolve(reply.payload);
      else asker.reject(refused);
    },
    rejectAll: (fault: KeyFault): void => {
      for (const { reject } of waiting.values()) reject(fault);
      waiting.clear();
    },
  };
}

const REFUSED: Readonly<Record<number, { readonly reason: KeyFaultReason; readonly remedy: string } | undefined>> = {
  [REPLY_STATUS.unknownKey]: { reason: "missing", remedy: "create the key with the signer's own tool" },
  [REPLY_STATUS.locked]: { reason: "passphrase", remedy: "give the signer its PIN or passphrase" },
  [REPLY_STATUS.unavailable]: { reason: "unavailable", remedy: "look at the signer's log" },
};
const SAID_LIMIT_BYTES = 200;

/** Why not, as the signer says it; undefined for an answer. Throws a RangeError for a status we do not know. */
function refusedBy({ status, payload }: SignerReply, command: string): KeyFault | undefined {
  if (status === REPLY_STATUS.ok) return undefined;
  const refused = REFUSED[status];
  if (refused === undefined) throw new RangeError(`expected a known status, found ${status}`);
  const said = Buffer.from(payload.subarray(0, SAID_LIMIT_BYTES)).toString("utf8");
  // It goes to terminals and logs: nothing in it may move a cursor or begin a line.
  const found = `"${said.replace(/\p{Cc}/gu, " ")}"`;
  return new KeyFault(refused.reason, `expected an answer of the signer ${command}, found ${found}`, refused.remedy);
}

function unavailable(command: string, found: string, cause: unknown): KeyFault {
  return new KeyFault(
    "unavailable",
    `expected an answer of the signer ${command}, found ${found}`,
    "look at the signer's log; it is started again at the next use",
    { cause },
  );
}
