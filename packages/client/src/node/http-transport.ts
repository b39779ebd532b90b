import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { formatHostTarget } from "../host-address.ts";
import {
  type ActivationMethod,
  type HostTarget,
  MAX_ANSWER_BYTES,
  type Transport,
  type TransportReply,
} from "../transport.ts";

/** Time limits of one call (protocol.md §11.3). */
export interface HttpTransportOptions {
  readonly connectTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
}

const SERVICE = "/countersign.v1.ActivationService";
const MAX_ERROR_BYTES = 16 * 1024;

/** Connect unary over HTTP/1.1 with `application/proto`, one connection a call. */
export function httpTransport(options: HttpTransportOptions = {}): Transport {
  const { connectTimeoutMs = 3_000, totalTimeoutMs = 30_000 } = options;
  return (target, method, body, limits) => {
    const withinMs = Math.min(totalTimeoutMs, limits?.withinMs ?? totalTimeoutMs);
    return callOnce({ target, method, body, connectTimeoutMs, totalTimeoutMs: withinMs });
  };
}

interface Call {
  readonly target: HostTarget;
  readonly method: ActivationMethod;
  readonly body: Uint8Array;
  readonly connectTimeoutMs: number;
  readonly totalTimeoutMs: number;
}

/**
 * Loaded with the first call, and by require: who only looks at a licence makes none, and an import of node:http makes
 * every name it exports, fetch and WebSocket with it, which takes as long as starting Node itself.
 */
function loadHttp(): typeof import("node:http") {
  return createRequire(import.meta.url)("node:http");
}

function callOnce(call: Call): Promise<TransportReply> {
  const { target, method, body } = call;
  return new Promise((resolve) => {
    const request = loadHttp().request({
      host: target.address ?? target.host,
      port: target.port,
      method: "POST",
      path: `${SERVICE}/${method}`,
      agent: false,
      maxHeaderSize: 8 * 1024,
      headers: {
        // The name, whichever of its addresses is asked.
        host: formatHostTarget(target),
        "content-type": "application/proto",
        "content-length": body.length,
        "connect-protocol-version": "1",
        "accept-encoding": "identity",
      },
    });
    const settle = (reply: TransportReply) => {
      clearTimeout(connecting);
      clearTimeout(whole);
      resolve(reply);
      request.destroy();
    };
    const timedOut = (detail: "connect" | "reply") => () => settle({ kind: "failure", reason: "TIMEOUT", detail });
    const connecting = setTimeout(timedOut("connect"), call.connectTimeoutMs);
    const whole = setTimeout(timedOut("reply"), call.totalTimeoutMs);
    request.on("socket", (socket) => socket.once("connect", () => clearTimeout(connecting)));
    request.on("error", (error) => settle(failureOf(error)));
    request.on("response", (response) => readAnswer(response, method, settle));
    request.end(body);
  });
}

function readAnswer(
  response: IncomingMessage,
  method: ActivationMethod,
  settle: (reply: TransportReply) => void,
): void {
  const isAnswer = response.statusCode === 200;
  const limit = isAnswer ? MAX_ANSWER_BYTES[method] : MAX_ERROR_BYTES;
  const chunks: Buffer[] = [];
  let length = 0;
  response.on("data", (chunk: Buffer) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > limit) settle({ kind: "foreign", detail: `expected at most ${limit} bytes, found more` });
  });
  response.on("error", (error) => settle(failureOf(error)));
  response.on("aborted", () => settle({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "reset" }));
  response.on("end", () => {
    const bytes = Buffer.concat(chunks);
    const type = response.headers["content-type"]?.split(";")[0] ?? "no content type";
    if (isAnswer && type === "application/proto") return settle({ kind: "answer", bytes: new Uint8Array(bytes) });
    settle(
      refusalOf(bytes) ?? {
        kind: "foreign",
        detail: `expected an activation host, found HTTP ${response.statusCode} with ${type}`,
      },
    );
  });
}

/** The error JSON of Connect; undefined for anything else. Without our detail its code stands for the reason. */
function refusalOf(bytes: Buffer): TransportReply | undefined {
  const error = parseError(bytes);
  if (error === undefined) return undefined;
  for (const detail of error.details) {
    if (detail.type !== "countersign.v1.ErrorDetail") continue;
    try {
      const { reason, message, retryAfterS } = fromBinary(ErrorDetailSchema, Buffer.from(detail.value, "base64"));
      return { kind: "refusal", reason, message, retryAfterS };
    } catch {
      // A detail that cannot be read says nothing; the code still does.
    }
  }
  return {
    kind: "refusal",
    reason: REASON_OF_CODE[error.code] ?? "NOT_A_HOST",
    message: error.message,
    retryAfterS: 0,
  };
}

const REASON_OF_CODE: Readonly<Record<string, string>> = {
  unavailable: "OVERLOADED",
  resource_exhausted: "RATE_LIMITED",
  invalid_argument: "REQUEST_INVALID",
  deadline_exceeded: "OVERLOADED",
};

interface ConnectError {
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly type: string; readonly value: string }[];
}

function parseError(bytes: Buffer): ConnectError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("code" in value) || typeof value.code !== "string")
    return undefined;
  const message = "message" in value && typeof value.message === "string" ? value.message : "";
  const details = "details" in value && Array.isArray(value.details) ? value.details.filter(isDetail) : [];
  return { code: value.code, message, details };
}

function isDetail(value: unknown): value is ConnectError["details"][number] {
  if (typeof value !== "object" || value === null || !("type" in value) || !("value" in value)) return false;
  return typeof value.type === "string" && typeof value.value === "string";
}

function failureOf(error: NodeJS.ErrnoException): TransportReply {
  const { code = "" } = error;
  if (code === "ENOTFOUND") return { kind: "failure", reason: "DNS_NAME_NOT_FOUND", detail: error.message };
  if (code === "EAI_AGAIN") return { kind: "failure", reason: "DNS_SERVER_FAILURE", detail: error.message };
  if (code === "ETIMEDOUT") return { kind: "failure", reason: "TIMEOUT", detail: "connect" };
  // The parser's codes: whatever listens there does not speak HTTP.
  if (code.startsWith("HPE_")) return { kind: "foreign", detail: `expected HTTP, found other bytes (${code})` };
  const detail =
    code === "ECONNREFUSED" ? "refused" : code === "ECONNRESET" || code === "EPIPE" ? "reset" : "unreachable";
  return { kind: "failure", reason: "HOST_UNREACHABLE", detail };
}
