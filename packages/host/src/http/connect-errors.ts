import { Code, ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { REFUSALS, type Refusal, RefusalError, type RpcCode, refusalReasonOf, refuse } from "@countersign/domain";
import { KeyFault, refusalOfKeyFault } from "@countersign/keyring";
import type { RpcRefusal } from "@countersign/protocol";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { refusalOfStoreFault, StoreFault } from "@countersign/storage";

const CODES: Readonly<Record<Exclude<RpcCode, "">, Code>> = {
  invalid_argument: Code.InvalidArgument,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  permission_denied: Code.PermissionDenied,
  resource_exhausted: Code.ResourceExhausted,
  failed_precondition: Code.FailedPrecondition,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
  unavailable: Code.Unavailable,
  unauthenticated: Code.Unauthenticated,
};

/** A refusal as every protocol of the port carries it: code, message and one ErrorDetail (protocol.md §5.5). */
export function connectErrorOf(refusal: RpcRefusal): ConnectError {
  const reason = refusalReasonOf(refusal.reason);
  const code = (reason === undefined ? "" : REFUSALS[reason].rpcCode) || "failed_precondition";
  const { message, retryAfterS, params } = refusal;
  const remedyUrl = reason === undefined ? "" : REFUSALS[reason].page;
  const value = { reason: refusal.reason, message, remedyUrl, retryAfterS, params: { ...params } };
  return new ConnectError(message, CODES[code], undefined, [{ desc: ErrorDetailSchema, value }]);
}

/** A broken world or a refusal by its stable reason, for those who run the host; undefined for a bug. */
export function namedFault(fault: unknown): Refusal | undefined {
  if (fault instanceof RefusalError) return fault.refusal;
  if (fault instanceof StoreFault) return refusalOfStoreFault(fault);
  if (fault instanceof KeyFault) return refusalOfKeyFault(fault);
  return undefined;
}

/** What somebody on the network is told of it: neither paths nor names of keys. */
export function strangerRefusal(fault: unknown): Refusal {
  if (fault instanceof StoreFault) return refuse("STORE_UNAVAILABLE", { detail: fault.reason });
  if (fault instanceof KeyFault) return refuse("SIGNER_UNAVAILABLE");
  return refuse("INTERNAL_FAULT");
}

/** The Connect unary error: HTTP status and JSON body. */
export function unaryError(refusal: RpcRefusal): { readonly status: number; readonly body: string } {
  const error = connectErrorOf(refusal);
  return { status: codeToHttpStatus(error.code), body: JSON.stringify(errorToJson(error, undefined)) };
}
