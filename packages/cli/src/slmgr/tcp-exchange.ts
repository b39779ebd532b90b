import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { ANSWER_TIMEOUT_MS, type Answer, MAX_ANSWER_BYTES } from "./unix-exchange.ts";

/** Where a POST over tcp goes. */
export interface TcpTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Over TLS; `ca`: PEM certificates trusted besides the system's. */
  readonly tls: { readonly ca: string | undefined } | undefined;
}

/** One POST of JSON over HTTP or HTTPS. */
export async function exchangeOverTcp({ tls, ...to }: TcpTarget, body: string): Promise<Answer> {
  // By require: an import of node:http makes every name it exports, fetch with it, which takes as long as starting Node.
  const load = createRequire(import.meta.url);
  const { request }: Pick<typeof import("node:http"), "request"> = load(tls === undefined ? "node:http" : "node:https");
  const headers = { ...to.headers, "content-type": "application/json", "accept-encoding": "identity" };
  const trusted = tls?.ca === undefined ? {} : { ca: await withSystemAuthorities(tls.ca) };
  const options = { ...to, ...trusted, headers, method: "POST", agent: false, timeout: ANSWER_TIMEOUT_MS } as const;
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    asked.once("error", reject);
    asked.once("timeout", () => asked.destroy(new Error("timeout")));
    asked.end(body);
  });
}

async function withSystemAuthorities(ca: string): Promise<string[]> {
  const { getCACertificates } = await import("node:tls");
  return [...getCACertificates("default"), ca];
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`an answer over ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
}
