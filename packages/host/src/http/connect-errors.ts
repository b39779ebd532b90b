import { Code, ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { REFUSALS, RefusalError, type RpcCode, refusalReasonOf, refuse } from "@countersign/domain";
import type { RpcRefusal } from "@countersign/protocol";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { StoreFault } from "@countersign/storage";

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

/** What an administrator's call ended with, as an error of the wire. */
export function connectErrorOfFault(fault: unknown): ConnectError {
  if (fault instanceof ConnectError) return fault;
  if (fault instanceof RefusalError) return connectErrorOf(fault.refusal);
  if (fault instanceof StoreFault) return connectErrorOf(refuse("STORE_UNAVAILABLE", { detail: fault.reason }));
  return connectErrorOf(refuse("INTERNAL_FAULT"));
}

/** The Connect unary error: HTTP status and JSON body. */
export function unaryError(refusal: RpcRefusal): { readonly status: number; readonly body: string } {
  const error = connectErrorOf(refusal);
  return { status: codeToHttpStatus(error.code), body: JSON.stringify(errorToJson(error, undefined)) };
}
