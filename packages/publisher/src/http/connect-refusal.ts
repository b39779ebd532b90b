import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { type Refusal, RefusalError } from "@countersign/domain";
import { errorDetailOf } from "@countersign/protocol";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";

/** Where faults are told that a caller learns only the name of. */
export type FaultNote = (fault: unknown) => void;

/** A refusal as it crosses the wire: a Connect code and one ErrorDetail (protocol.md §5.5). Causes stay in the log. */
export function connectRefusal(refusal: Refusal): ConnectError {
  const { rpcCode, detail } = errorDetailOf(refusal);
  const code = codeFromString(rpcCode) ?? Code.Internal;
  return new ConnectError(refusal.message, code, undefined, [{ desc: ErrorDetailSchema, value: detail }]);
}

/** Runs use-cases for a service: a refusal becomes the wire's, a fault is noted and answered with the name it has. */
export function answering(nameOf: (fault: unknown) => Refusal, note: FaultNote) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (fault) {
      if (fault instanceof RefusalError) throw connectRefusal(fault.refusal);
      note(fault);
      throw connectRefusal(nameOf(fault));
    }
  };
}
