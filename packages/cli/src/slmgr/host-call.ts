import { dirname, join } from "node:path";
import { RefusalError, refusalReasonOf, refuse } from "@countersign/domain";
import { refused } from "../refusal-report.ts";
import { exchangeOverTcp } from "./tcp-exchange.ts";
import { type Answer, exchangeOverUnix } from "./unix-exchange.ts";

/** Calls one method of HostAdminService with JSON: the same contract as with protobuf, and quick to load. */
export type HostCall = (method: string, body?: object) => Promise<Readonly<Record<string, unknown>>>;

/** Nothing listens on the Unix socket of a data directory. */
export class HostNotRunning extends Error {}

const SERVICE = "/countersign.v1.HostAdminService";

/**
 * Over the Unix socket of a host on this machine. Who may not open it asks at everybody's beside it, which shows and
 * changes nothing. Rejects with HostNotRunning where none listens.
 */
export function unixCall(socketPath: string): HostCall {
  const [whole, looking] = [socketCall(socketPath), socketCall(join(dirname(socketPath), "view.sock"))];
  return (method, body) =>
    whole(method, body).catch((error) => {
      const isForbidden = error instanceof RefusalError && error.refusal.reason === "NOT_AUTHORISED";
      if (!isForbidden) throw error;
      return looking(method, body);
    });
}

function socketCall(socketPath: string): HostCall {
  return async (method, body = {}) => {
    const answer = await exchangeOverUnix(socketPath, `${SERVICE}/${method}`, JSON.stringify(body)).catch((error) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ECONNREFUSED") throw new HostNotRunning(socketPath);
      if (code === "EACCES" || code === "EPERM") throw refused("NOT_AUTHORISED", { detail: socketPath });
      throw refused("SERVICE_NOT_RUNNING", { role: "host", address: socketPath, detail: code ?? String(error) });
    });
    return resultOf(answer);
  };
}

/** A host elsewhere, and who asks it. */
export interface RemoteHost {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** Over TLS; `ca`: PEM certificates trusted besides the system's. */
  readonly tls: { readonly ca: string | undefined } | undefined;
}

/** Over tcp with a token. */
export function tcpCall({ host, port, token, tls }: RemoteHost): HostCall {
  return async (method, body = {}) => {
    const headers = { authorization: `Bearer ${token}` };
    const to = { host, port, path: `${SERVICE}/${method}`, headers, tls };
    const answer = await exchangeOverTcp(to, JSON.stringify(body)).catch((error) => {
      const detail = (error as NodeJS.ErrnoException).code ?? String(error);
      throw refused("SERVICE_NOT_RUNNING", { role: "host", address: `${host}:${port}`, detail });
    });
    const isHealthOnly = answer.status === 404 && answer.text === "not found\n";
    if (isHealthOnly) throw refused("NOT_AUTHORISED", { detail: "countersign host admin add made no token there yet" });
    return resultOf(answer);
  };
}

async function resultOf({ status, text }: Answer): Promise<Readonly<Record<string, unknown>>> {
  const found = objectOf(text);
  if (status === 200 && found !== undefined) return found;
  throw (await refusalIn(found)) ?? refused("NOT_A_HOST", { detail: `HTTP ${status}` });
}

/** The refusal in the error JSON of Connect; protobuf is loaded only now, where time does not matter any more. */
async function refusalIn(error: Readonly<Record<string, unknown>> | undefined): Promise<RefusalError | undefined> {
  const [detail] = Array.isArray(error?.["details"]) ? (error["details"] as { readonly value?: unknown }[]) : [];
  if (typeof detail?.value !== "string") return undefined;
  const { fromBinary } = await import("@bufbuild/protobuf");
  const { ErrorDetailSchema } = await import("@countersign/protocol/gen/activation");
  try {
    const { reason, message, params, retryAfterS } = fromBinary(ErrorDetailSchema, Buffer.from(detail.value, "base64"));
    const known = refusalReasonOf(reason);
    if (known === undefined) return new RefusalError(refuse("INTERNAL_FAULT", { detail: `${reason}: ${message}` }));
    return new RefusalError({ reason: known, message, params, retryAfterS });
  } catch {
    return undefined; // No error of ours: told by its status.
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
