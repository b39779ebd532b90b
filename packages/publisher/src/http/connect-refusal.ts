import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { REFUSALS, type Refusal } from "@countersign/domain";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";

const CODES: Readonly<Record<string, Code>> = {
  invalid_argument: Code.InvalidArgument,
  permission_denied: Code.PermissionDenied,
  failed_precondition: Code.FailedPrecondition,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  resource_exhausted: Code.ResourceExhausted,
  unavailable: Code.Unavailable,
};

/** A refusal as it crosses the wire: a Connect code and one ErrorDetail (protocol.md §5.5). Causes stay in the log. */
export function connectRefusal(refusal: Refusal): ConnectError {
  const { reason, message, retryAfterS, params } = refusal;
  const detail = create(ErrorDetailSchema, {
    reason,
    message,
    remedyUrl: `https://countersign.example/e/${reason}`,
    retryAfterS,
    params,
  });
  const code = CODES[REFUSALS[reason].rpcCode] ?? Code.FailedPrecondition;
  return new ConnectError(message, code, undefined, [{ desc: ErrorDetailSchema, value: detail }]);
}
