/** What a signer process can be asked (docs/protocol/external-signer.md). */
export const REQUEST_KIND = { publicKey: 1, sign: 2 } as const;

/** How a signer process answers: 0, or why not. */
export const REPLY_STATUS = { ok: 0, unknownKey: 1, locked: 2, unavailable: 3 } as const;

/** What is asked: a public key, or a signature over the payload. */
export type RequestKind = (typeof REQUEST_KIND)[keyof typeof REQUEST_KIND];

/** One question to a signer process. */
export interface SignerRequest {
  readonly id: number;
  readonly kind: RequestKind;
  readonly key: string;
  readonly payload: Uint8Array;
}

/** One answer, not yet judged. */
export interface SignerReply {
  readonly id: number;
  readonly status: number;
  readonly payload: Uint8Array;
}

/** A question's most bytes after its length: the largest document that is signed, with room. */
export const REQUEST_LIMIT_BYTES = 1 << 20;
/** An answer's most bytes after its length: a signature, or a sentence that says why there is none. */
export const REPLY_LIMIT_BYTES = 4096;

const VERSION = 1;
const LENGTH_BYTES = 4;
const REQUEST_HEAD_BYTES = 7;
const REPLY_HEAD_BYTES = 6;

/** length(u32) | version(1) | kind(1) | id(u32) | name length(1) | name | payload; integers are big-endian. */
export function requestFrame({ id, kind, key, payload }: SignerRequest): Uint8Array {
  const name = Buffer.from(key, "ascii");
  const length = REQUEST_HEAD_BYTES + name.length + payload.length;
  if (length > REQUEST_LIMIT_BYTES)
    throw new RangeError(`expected a question of at most ${REQUEST_LIMIT_BYTES} bytes, found ${length}`);
  const head = Buffer.alloc(LENGTH_BYTES + REQUEST_HEAD_BYTES);
  head.writeUInt32BE(length, 0);
  head.writeUInt8(VERSION, 4);
  head.writeUInt8(kind, 5);
  head.writeUInt32BE(id, 6);
  head.writeUInt8(name.length, 10);
  return new Uint8Array(Buffer.concat([head, name, payload]));
}

/** Cuts a stream of bytes into replies. Throws a RangeError for bytes that are no frame of ours: the stream is then lost. */
export function replyReader(): (chunk: Uint8Array) => readonly SignerReply[] {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    const replies: SignerReply[] = [];
    while (held.length >= LENGTH_BYTES) {
      const length = held.readUInt32BE(0);
      if (length < REPLY_HEAD_BYTES || length > REPLY_LIMIT_BYTES)
        throw new RangeError(`expected a frame of ${REPLY_HEAD_BYTES} to ${REPLY_LIMIT_BYTES} bytes, found ${length}`);
      if (held.length < LENGTH_BYTES + length) break;
      replies.push(replyOf(held.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
      held = held.subarray(LENGTH_BYTES + length);
    }
    return replies;
  };
}

/** version(1) | status(1) | id(u32) | payload */
function replyOf(frame: Buffer): SignerReply {
  const version = frame.readUInt8(0);
  if (version !== VERSION) throw new RangeError(`expected a frame of version ${VERSION}, found ${version}`);
  const payload = new Uint8Array(frame.subarray(REPLY_HEAD_BYTES));
  return { status: frame.readUInt8(1), id: frame.readUInt32BE(2), payload };
}
