import { refuse } from "@countersign/domain";
import { MAX_REQUEST_BYTES, type RpcMethod } from "@countersign/protocol";
import { type AnyRequest, type AnyResponse, writeAnswer, writeRefusal } from "./any-http.ts";
import { readBody } from "./request-body.ts";

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

/** Reads at most 2 KiB, asks the host and writes its reply, beneath the same contract as the adapter. `activate` never rejects. */
export function serveHotActivate(
  request: AnyRequest,
  response: AnyResponse,
  activate: RpcMethod,
  dropped: (address: string, reason: "REQUEST_TOO_LARGE") => void,
): void {
  const address = request.socket.remoteAddress ?? "";
  readBody(request, response, MAX_REQUEST_BYTES, (body) => {
    if (!body.ok) {
      dropped(address, "REQUEST_TOO_LARGE");
      writeRefusal(response, refuse("REQUEST_TOO_LARGE", { detail: `${body.length} bytes` }));
      return;
    }
    activate(body.bytes, { address })
      .then((reply) => {
        if (!reply.ok) return writeRefusal(response, reply.refusal);
        const headers = { "content-type": "application/proto", "content-length": reply.body.length };
        writeAnswer(response, 200, headers, reply.body);
      })
      .catch(() => response.destroy());
  });
}
