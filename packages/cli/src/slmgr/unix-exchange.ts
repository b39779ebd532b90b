import { connect } from "node:net";

/** An HTTP answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Bytes of an answer at most: a licence of every publisher a host may serve has room in it. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** An activation asks a publisher meanwhile. */
export const ANSWER_TIMEOUT_MS = 60_000;

/**
 * One POST of JSON over a Unix socket. Written over node:net, in HTTP/1.0 so that the end of the connection ends the
 * answer: loading node:http takes longer than everything else that `slmgr /dlv` does.
 */
export function exchangeOverUnix(socketPath: string, path: string, body: string): Promise<Answer> {
  const head = `POST ${path} HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  const bytes = Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(bytes));
    const chunks: Buffer[] = [];
    let length = 0;
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error("timeout")));
    socket.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > MAX_ANSWER_BYTES) socket.destroy(new Error(`an answer over ${MAX_ANSWER_BYTES} bytes`));
    });
    socket.once("error", reject);
    socket.once("end", () => {
      const answer = answerIn(Buffer.concat(chunks).toString("utf8"));
      socket.destroy();
      if (answer === undefined) reject(new Error("something else than HTTP"));
      else resolve(answer);
    });
  });
}

function answerIn(text: string): Answer | undefined {
  const status = /^HTTP\/1\.\d (\d{3})/.exec(text)?.[1];
  const end = text.indexOf("\r\n\r\n");
  return status === undefined || end < 0 ? undefined : { status: Number(status), text: text.slice(end + 4) };
}
