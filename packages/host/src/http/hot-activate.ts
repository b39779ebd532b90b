import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { refuse } from "@countersign/domain";
import { MAX_REQUEST_BYTES, type RpcMethod, type RpcRefusal } from "@countersign/protocol";
import { unaryError } from "./connect-errors.ts";

/** A request of either HTTP version. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;
/** An answer of either HTTP version. */
export type AnyResponse = ServerResponse | Http2ServerResponse;

const PATH = "/countersign.v1.ActivationService/Activate";

/** True for the one method that is served without the generic adapter: Connect unary, binary, not compressed. */
export function isHotActivate(request: AnyRequest): boolean {
  const { headers } = request;
  const encoding = headers["content-encoding"];
  return (
    request.url === PATH &&
    request.method === "POST" &&
    headers["content-type"] === "application/proto" &&
    (encoding === undefined || encoding === "identity")
  );
}

/** Reads at most 2 KiB, asks the host and writes its reply, beneath the same contract as the adapter. */
export function serveHotActivate(
  request: AnyRequest,
  response: AnyResponse,
  activate: RpcMethod,
  dropped: (address: string, reason: "REQUEST_TOO_LARGE") => void,
): void {
  const address = request.socket.remoteAddress ?? "";
  const chunks: Buffer[] = [];
  let length = 0;
  let isOver = false;
  const tooLarge = () => {
    if (isOver) return;
    isOver = true;
    dropped(address, "REQUEST_TOO_LARGE");
    response.setHeader("connection", "close");
    writeRefusal(response, refuse("REQUEST_TOO_LARGE", { detail: `${length} bytes` }));
    request.resume();
  };
  length = Number(request.headers["content-length"] ?? 0);
  if (length > MAX_REQUEST_BYTES) {
    tooLarge();
    return;
  }
  length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_REQUEST_BYTES) tooLarge();
    else chunks.push(chunk);
  });
  request.on("error", () => response.destroy());
  request.on("end", () => {
    if (isOver) return;
    const [first = Buffer.alloc(0)] = chunks;
    const body = chunks.length === 1 ? first : Buffer.concat(chunks);
    activate(body, { address }).then(
      (reply) => (reply.ok ? writeReply(response, reply.body) : writeRefusal(response, reply.refusal)),
      () => writeRefusal(response, refuse("INTERNAL_FAULT")),
    );
  });
}

function writeReply(response: AnyResponse, body: Uint8Array): void {
  const headers = { "content-type": "application/proto", "content-length": body.length };
  // The two classes share these signatures, their union does not.
  (response as ServerResponse).writeHead(200, headers).end(body);
}

function writeRefusal(response: AnyResponse, refusal: RpcRefusal): void {
  const { status, body } = unaryError(refusal);
  (response as ServerResponse).writeHead(status, { "content-type": "application/json" }).end(body);
}
