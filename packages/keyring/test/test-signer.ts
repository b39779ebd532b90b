// A signer process for tests, written from docs/protocol/external-signer.md and from nothing else of ours.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";

interface Question {
  readonly version: number;
  readonly kind: number;
  readonly id: number;
  readonly key: string;
  readonly payload: Buffer;
}

interface Answer {
  readonly version: number;
  readonly status: number;
  readonly id: number;
  readonly payload: Buffer;
}

type Behaviour = (question: Question, honest: Answer) => void;

const SIGN = 2;
const [keysPath = "", behaviour = "", log = ""] = process.argv.slice(2);
const note = (line: string) => appendFileSync(log, `${line}\n`);
note(`started ${process.pid}`);
const starts = () => readFileSync(log, "utf8").match(/^started/gm)?.length ?? 0;

/** The honest answer with one thing changed, to the questions for a signature only. */
const bent =
  (bend: (honest: Answer) => Partial<Answer>): Behaviour =>
  (question, honest) =>
    say(frame(question.kind === SIGN ? { ...honest, ...bend(honest) } : honest));

const wrongKey =
  (bytes: (publicKey: Buffer) => Buffer): Behaviour =>
  (_, honest) =>
    say(frame({ ...honest, payload: bytes(honest.payload) }));

const held: Answer[] = [];
let hoarding = true;

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  honest: bent(() => ({})),
  /** Byte by byte, each in a write of its own. */
  drips: (_, honest) => {
    for (const byte of frame(honest)) say(Buffer.from([byte]));
  },
  locked: (_, honest) => say(frame({ ...honest, status: 2, payload: Buffer.from("the PIN is needed") })),
  "locked-later": bent(() => ({ status: 2, payload: Buffer.from("the token was taken out") })),
  unavailable: bent(() => ({ status: 3, payload: Buffer.from("no\u001b[2Jtoken\nin the slot") })),
  "dies-once": (question, honest) => {
    if (question.kind === SIGN && starts() === 1) process.exit(3);
    say(frame(honest));
  },
  "answers-and-ends": (_, honest) => process.stdout.write(frame(honest), () => process.exit(0)),
  nonsense: () => say(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")),
  "version-2": bent(() => ({ version: 2 })),
  "status-9": bent(() => ({ status: 9 })),
  "other-id": bent(({ id }) => ({ id: id + 1 })),
  twice: (_, honest) => say(Buffer.concat([frame(honest), frame(honest)])),
  "short-frame": () => say(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 0])),
  "long-frame": bent(() => ({ payload: Buffer.alloc(4091) })),
  "flipped-signature": bent(({ payload }) => ({ payload: flipped(payload) })),
  "short-signature": bent(({ payload }) => ({ payload: payload.subarray(0, 63) })),
  "long-signature": bent(({ payload }) => ({ payload: Buffer.concat([payload, Buffer.from([0])]) })),
  "no-signature": bent(() => ({ payload: Buffer.alloc(0) })),
  "signs-another": (question, honest) => {
    const other = { ...question, payload: Buffer.concat([question.payload, Buffer.from(".")]) };
    say(frame(question.kind === SIGN ? answerOf(other) : honest));
  },
  "other-algorithm": wrongKey((key) => Buffer.concat([Buffer.from([2]), key.subarray(1)])),
  "short-key": wrongKey((key) => key.subarray(0, 32)),
  "no-key": wrongKey(() => Buffer.alloc(0)),
  environment: (_, honest) => {
    note(`environment ${JSON.stringify(process.env)}`);
    say(frame(honest));
  },
  /** Keeps its signatures until it is asked with the key "last": by then it has seen all that was written before. */
  hoards: (question, honest) => {
    if (question.kind !== SIGN) return say(frame(honest));
    note(`asked ${question.key}`);
    held.push(honest);
    hoarding &&= question.key !== "last";
    if (!hoarding) for (const answer of held.splice(0).reverse()) say(frame(answer));
  },
};

const act = BEHAVIOURS[behaviour];
if (act === undefined) throw new Error(`expected one of ${Object.keys(BEHAVIOURS).join(", ")}, found "${behaviour}"`);
let unread = Buffer.alloc(0);
process.stdin.on("end", () => note("input ended"));
for await (const chunk of process.stdin) {
  unread = Buffer.concat([unread, chunk]);
  while (unread.length >= 4 && unread.length >= 4 + unread.readUInt32BE(0)) {
    const end = 4 + unread.readUInt32BE(0);
    const question = questionOf(unread.subarray(4, end));
    unread = unread.subarray(end);
    act(question, answerOf(question));
  }
}

function questionOf(bytes: Buffer): Question {
  const keyEnd = 7 + bytes.readUInt8(6);
  const key = bytes.toString("ascii", 7, keyEnd);
  const payload = Buffer.from(bytes.subarray(keyEnd));
  return { version: bytes.readUInt8(0), kind: bytes.readUInt8(1), id: bytes.readUInt32BE(2), key, payload };
}

function answerOf({ kind, id, key, payload }: Question): Answer {
  const line = readFileSync(keysPath, "utf8")
    .split("\n")
    .find((row) => row.startsWith(`${key} `));
  if (line === undefined) return { version: 1, status: 1, id, payload: Buffer.from(`no key ${key}`) };
  const seed = Buffer.from(line.slice(key.length + 1), "hex");
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  if (kind === SIGN) return { version: 1, status: 0, id, payload: sign(null, payload, privateKey) };
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  return { version: 1, status: 0, id, payload: Buffer.concat([Buffer.from([1]), publicKey]) };
}

function frame({ version, status, id, payload }: Answer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32BE(6 + payload.length, 0);
  head.writeUInt8(version, 4);
  head.writeUInt8(status, 5);
  head.writeUInt32BE(id, 6);
  return Buffer.concat([head, payload]);
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(40) ^ 1, 40);
  return copy;
}

function say(bytes: Buffer): void {
  process.stdout.write(bytes);
}
