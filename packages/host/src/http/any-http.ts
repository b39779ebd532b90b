import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { RpcRefusal } from "@countersign/protocol";
import { unaryError } from "./connect-errors.ts";

/** A request of either HTTP version. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;
/** An answer of either HTTP version. */
export type AnyResponse = ServerResponse | Http2ServerResponse;

/** Writes a whole answer; a peer that left meanwhile is nobody's fault. */
export function writeAnswer(
  response: AnyResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: Uint8Array | string,
): void {
  if (response.destroyed || response.headersSent) return;
  // The two classes share these signatures, their union does not.
  (response as ServerResponse).writeHead(status, headers).end(body);
}

/** A refusal as the Connect protocol writes it, which any HTTP client can read (protocol.md §5.5). */
export function writeRefusal(response: AnyResponse, refusal: RpcRefusal): void {
  const { status, body } = unaryError(refusal);
  writeAnswer(response, status, { "content-type": "application/json" }, body);
}
