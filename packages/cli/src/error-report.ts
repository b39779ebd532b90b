import { Code, ConnectError } from "@connectrpc/connect";
import { RefusalError, refusalReasonOf, refuse } from "@countersign/domain";
import { KeyFault } from "@countersign/keyring";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { StoreFault } from "@countersign/storage";
import { refusalReport } from "./refusal-report.ts";
import { type ErrorReport, EXIT } from "./terminal.ts";
import type { UsageError } from "./usage-error.ts";

/** How a thing that a command threw is told: a refusal by its row, a fault by its remedy, a bug by its message. */
export function reportOf(error: unknown, command: string): ErrorReport {
  const report = reportOfAny(error);
  return report.reason === "USAGE_INVALID" ? { ...report, hints: [`countersign ${command} --help`] } : report;
}

/** A command line that asks for nothing. */
export function usageReport({ expected, found, hints }: UsageError): ErrorReport {
  return { ...refusalReport(refuse("USAGE_INVALID", { expected, found })), hints };
}

function reportOfAny(error: unknown): ErrorReport {
  if (error instanceof RefusalError) return refusalReport(error.refusal);
  if (error instanceof ConnectError) return remoteReport(error);
  if (error instanceof StoreFault || error instanceof KeyFault) {
    const exitCode = error.reason === "locked" ? EXIT.conflict : EXIT.failed;
    return { message: error.message, hints: [error.remedy], page: "", exitCode, reason: "" };
  }
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && path !== undefined) return fileReport({ code, path, syscall: syscall ?? "" });
  const message = error instanceof Error ? error.message : String(error);
  return { message, hints: [], page: "", exitCode: EXIT.failed, reason: "" };
}

/** A file the system would not read or write, by the call that failed. */
function fileReport({
  code,
  path,
  syscall,
}: {
  readonly code: string;
  readonly path: string;
  readonly syscall: string;
}) {
  const isReading = ["read", "open", "stat", "lstat", "scandir"].includes(syscall);
  return refusalReport(refuse(isReading ? "FILE_UNREADABLE" : "FILE_UNWRITABLE", { path, detail: code }));
}

function remoteReport(error: ConnectError): ErrorReport {
  const [detail] = error.findDetails(ErrorDetailSchema);
  const reason = detail === undefined ? undefined : refusalReasonOf(detail.reason);
  if (detail !== undefined && reason !== undefined)
    return refusalReport({ reason, message: detail.message, retryAfterS: detail.retryAfterS, params: detail.params });
  const exitCode = error.code === Code.Unavailable ? EXIT.unreachable : EXIT.failed;
  return { message: error.rawMessage, hints: [], page: "", exitCode, reason: "" };
}
