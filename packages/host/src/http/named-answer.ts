import { Code, ConnectError } from "@connectrpc/connect";
import { encodeEnvelope, readAllBytes, type UniversalServerResponse } from "@connectrpc/connect/protocol";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { findTrailerError, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { type Refusal, type RefusalReason, refuse } from "@countersign/domain";
import type { AnyRequest } from "./any-http.ts";
import { connectErrorOf, unaryError } from "./connect-errors.ts";

/** An answer ready to be written. */
export interface NamedAnswer {
  readonly status: number;
  readonly header: Record<string, string>;
  readonly body: Uint8Array;
  readonly trailer: Record<string, string> | undefined;
  /** Why the request never reached a method; undefined when it did. */
  readonly dropped: RefusalReason | undefined;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
const GRPC_STATUS = "grpc-status";

/**
 * The answer of the generic protocols with a reason of ours in every refusal: what their own code refuses (no message,
 * another method, type or compression) carries only a code and a sentence.
 */
export async function namedAnswer(raw: UniversalServerResponse, request: AnyRequest): Promise<NamedAnswer> {
  const { status, header = new Headers(), trailer = new Headers() } = raw;
  const body = raw.body === undefined ? new Uint8Array() : await readAllBytes(raw.body, MAX_ANSWER_BYTES);
  const plain = { status, header: Object.fromEntries(header), body, trailer: undefined, dropped: undefined };
  if (trailer.has(GRPC_STATUS)) {
    const refusal = unnamed(findTrailerError(trailer));
    if (refusal !== undefined) setTrailerStatus(trailer, connectErrorOf(refusal));
    return { ...plain, trailer: Object.fromEntries(trailer), dropped: refusal?.reason };
  }
  if (status === 200) {
    const [flags] = body;
    return flags === trailerFlag && isGrpcWeb(header) ? namedTrailerFrame(plain) : plain;
  }
  const refusal = body.length > 0 ? unnamed(errorOf(body)) : refuse("REQUEST_INVALID", foundIn(request));
  if (refusal === undefined) return plain;
  const named = unaryError(refusal);
  // A status of HTTP's own (405, 415) says more than the one of the refusal's code.
  return {
    ...plain,
    status: body.length > 0 ? named.status : status,
    header: { ...plain.header, "content-type": "application/json", "content-length": String(named.body.length) },
    body: new TextEncoder().encode(named.body),
    dropped: refusal.reason,
  };
}

function namedTrailerFrame(plain: NamedAnswer): NamedAnswer {
  const trailer = trailerParse(plain.body.subarray(5));
  const refusal = unnamed(findTrailerError(trailer));
  if (refusal === undefined) return plain;
  const body = encodeEnvelope(trailerFlag, trailerSerialize(setTrailerStatus(trailer, connectErrorOf(refusal))));
  return { ...plain, body, dropped: refusal.reason };
}

/** What the protocol's own code refused; undefined for no error, for ours, and for a peer that gave up. */
function unnamed(error: ConnectError | undefined): Refusal | undefined {
  if (error === undefined || error.details.length > 0) return undefined;
  const detail = error.rawMessage;
  switch (error.code) {
    case Code.InvalidArgument:
    case Code.Unimplemented:
      return refuse("REQUEST_INVALID", { detail });
    case Code.ResourceExhausted:
      return refuse("REQUEST_TOO_LARGE", { detail });
    case Code.Internal:
    case Code.Unknown:
      return refuse("REQUEST_INVALID", { detail });
    default:
      return undefined;
  }
}

function errorOf(body: Uint8Array): ConnectError {
  const other = new ConnectError("something else than an error of the protocol", Code.Internal);
  try {
    return errorFromJsonBytes(body, undefined, other);
  } catch {
    return other;
  }
}

function foundIn({ method = "", headers }: AnyRequest) {
  const type = headers["content-type"] ?? "none";
  return { detail: `method ${method} with content type ${String(type).slice(0, 100)}` };
}

function isGrpcWeb(header: Headers): boolean {
  return (header.get("content-type") ?? "").startsWith("application/grpc-web");
}
