import type { ServerResponse } from "node:http";
import {
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import { createAsyncIterable, type UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { type RefusalReason, refuse } from "@countersign/domain";
import type { RpcRefusal } from "@countersign/protocol";
import { type AnyRequest, type AnyResponse, writeAnswer, writeRefusal } from "./any-http.ts";
import { namedAnswer } from "./named-answer.ts";
import { readBody } from "./request-body.ts";

const ADDRESS = createContextKey("", { description: "numeric address of the peer" });
const CALLER = createContextKey("", { description: "the administrator who calls" });

/** Whether somebody may call a method, and the name they are known by. */
export type Admission =
  | { readonly ok: true; readonly caller: string }
  | { readonly ok: false; readonly refusal: RpcRefusal };

/** What an adapter serves, and who hears of what it could not serve. */
export interface RpcAdapterParts {
  readonly routes: (router: ConnectRouter) => void;
  readonly maxBodyBytes: number;
  readonly interceptors?: Interceptor[];
  readonly dropped: (address: string, reason: RefusalReason) => void;
  readonly failed: (fault: unknown) => void;
  /** Asked before the body is read. Without it everybody may call everything, and has no name. */
  readonly admit?: (request: AnyRequest, method: string) => Admission;
}

/**
 * Connect, gRPC and gRPC-Web over both HTTP versions for unary methods. Written here rather than taken from
 * connect-node, whose adapter throws out of the request listener when the Host header is no address, resets the
 * connection of a body that is too long, and says no without a reason of ours.
 */
export function rpcAdapter(parts: RpcAdapterParts): (request: AnyRequest, response: AnyResponse) => void {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: parts.maxBodyBytes,
    interceptors: parts.interceptors ?? [],
  });
  parts.routes(router);
  const methods = new Map(router.handlers.map((method) => [method.requestPath, method]));
  return (request, response) => {
    const address = request.socket.remoteAddress ?? "";
    const [path = ""] = (request.url ?? "").split("?", 1);
    const method = methods.get(path);
    if (method === undefined) {
      parts.dropped(address, "METHOD_UNKNOWN");
      writeRefusal(response, refuse("METHOD_UNKNOWN", { method: path.slice(0, 100) }));
      request.resume();
      return;
    }
    const admission = parts.admit?.(request, method.method.localName) ?? { ok: true, caller: "" };
    if (!admission.ok) {
      writeRefusal(response, admission.refusal);
      request.resume();
      return;
    }
    const { caller } = admission;
    readBody(request, response, parts.maxBodyBytes, (body) => {
      if (!body.ok) {
        parts.dropped(address, "REQUEST_TOO_LARGE");
        writeRefusal(response, refuse("REQUEST_TOO_LARGE", { detail: `${body.length} bytes` }));
        return;
      }
      serve(method, { request, response, address, caller, bytes: body.bytes }, parts).catch((fault) => {
        parts.failed(fault);
        writeRefusal(response, refuse("INTERNAL_FAULT"));
      });
    });
  };
}

/** The numeric address of the peer, inside a method. */
export function addressOf(context: HandlerContext): string {
  return context.values.get(ADDRESS);
}

/** The name of the administrator who calls, inside a method. */
export function callerOf(context: HandlerContext): string {
  return context.values.get(CALLER);
}

interface Asked {
  readonly request: AnyRequest;
  readonly response: AnyResponse;
  readonly address: string;
  readonly caller: string;
  readonly bytes: Buffer;
}

async function serve(method: UniversalHandler, asked: Asked, parts: RpcAdapterParts): Promise<void> {
  const { request, response, address, caller } = asked;
  const left = new AbortController();
  response.once("close", () => left.abort());
  const raw = await method({
    httpVersion: request.httpVersion,
    method: request.method ?? "",
    // Only the query is read of it: what the peer calls this host is not asked.
    url: `http://localhost${request.url ?? ""}`,
    header: headersOf(request),
    body: createAsyncIterable([new Uint8Array(asked.bytes)]),
    signal: left.signal,
    contextValues: createContextValues().set(ADDRESS, address).set(CALLER, caller),
  });
  const answer = await namedAnswer(raw, request);
  if (answer.dropped !== undefined) parts.dropped(address, answer.dropped);
  if (answer.trailer === undefined) {
    writeAnswer(response, answer.status, answer.header, answer.body);
    return;
  }
  if (response.destroyed || response.headersSent) return;
  // The two classes share these signatures, their union does not.
  const writable = response as ServerResponse;
  writable.writeHead(answer.status, answer.header).write(answer.body);
  writable.addTrailers(answer.trailer);
  writable.end();
}

/** Answers are signed bytes that no compression makes shorter, and a refusal must be readable here to get its name. */
const UNCOMPRESSED = { "accept-encoding": "identity", "grpc-accept-encoding": "identity" };

function headersOf(request: AnyRequest): Headers {
  const plain = Object.entries({ ...request.headers, ...UNCOMPRESSED }).filter(([name]) => !name.startsWith(":"));
  return new Headers(plain.map(([name, value]) => [name, Array.isArray(value) ? value.join() : (value ?? "")]));
}
