import { REFUSALS, type RpcCode, refusalReasonOf } from "@countersign/domain";
import type { RpcRefusal } from "./reply.ts";

/** An error of the wire before a transport dresses it. */
export interface WireError {
  /** Connect's name of the gRPC code. */
  readonly rpcCode: Exclude<RpcCode, "">;
  /** The fields of the one ErrorDetail it carries. */
  readonly detail: {
    readonly reason: string;
    readonly message: string;
    /** A page under `docs/`; "" for a reason of a newer version. */
    readonly remedyUrl: string;
    readonly retryAfterS: number;
    readonly params: Record<string, string>;
  };
}

/** How every service of ours says no (protocol.md §5.5). What has no code of its own is a failed precondition. */
export function errorDetailOf({ reason, message, retryAfterS, params }: RpcRefusal): WireError {
  const known = refusalReasonOf(reason);
  const entry = known === undefined ? undefined : REFUSALS[known];
  return {
    rpcCode: entry?.rpcCode || "failed_precondition",
    detail: { reason, message, remedyUrl: entry?.page ?? "", retryAfterS, params: { ...params } },
  };
}
