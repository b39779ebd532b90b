import type { Interceptor } from "@connectrpc/connect";
import { refuse } from "@countersign/domain";
import { connectErrorOf, namedFault } from "./connect-errors.ts";

/** What a method throws as the refusal it is; a bug is told to `failed` and to the caller as INTERNAL_FAULT. */
export function namedFaults(failed: (fault: unknown) => void): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (fault) {
      const refusal = namedFault(fault);
      if (refusal === undefined) failed(fault);
      throw connectErrorOf(refusal ?? refuse("INTERNAL_FAULT"));
    }
  };
}
