import { type DescMethodUnary, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { RefusalError, refusalReasonOf } from "@countersign/domain";
import type { RunningHost } from "@countersign/host/main";
import { lookAtHost, READING_METHODS, readHostConfiguration } from "@countersign/host/reading";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { runningTransport } from "./admin-client.ts";
import type { Shell } from "./command.ts";
import { refused } from "./refusal-report.ts";
import type { HostCall } from "./slmgr/host-call.ts";

/** What a host's configuration is read from. */
export interface ConfiguredBy extends Pick<Shell, "env" | "platform"> {
  /** `--config`. */
  readonly configFile?: string | undefined;
}

/** The administration of a host that does not run, for the length of a question. */
export interface StoppedHost {
  readonly transport: Transport;
  close(): Promise<void>;
}

type Opened = StoppedHost & { readonly mayChange: boolean };

/** Looked at without a trace; opened whole, under its lock, from the first call on that changes something. */
export function stoppedHost(directory: string, by: ConfiguredBy): StoppedHost {
  let opened: Opened | undefined;
  const openedFor = async (method: string): Promise<Transport> => {
    const mayChange = !READING_METHODS.some((reading) => reading === method);
    if (opened !== undefined && (opened.mayChange || !mayChange)) return opened.transport;
    await opened?.close();
    opened = undefined;
    opened = await (mayChange ? openWhole(directory, by) : openForReading(directory, by));
    return opened.transport;
  };
  return {
    transport: {
      unary: async (method, ...asked) => (await openedFor(method.localName)).unary(method, ...asked),
      stream: async (method, ...asked) => (await openedFor(method.localName)).stream(method, ...asked),
    },
    close: async () => opened?.close(),
  };
}

/** JSON of the same contract, as it goes over a socket. */
export function callOver({ transport }: StoppedHost): HostCall {
  return async (name, body = {}) => {
    const method = methodNamed(name);
    const request = fromJson(method.input, JSON.parse(JSON.stringify(body)));
    const answering = transport.unary(method, undefined, undefined, undefined, request);
    const { message } = await answering.catch((error) => {
      throw namedError(error);
    });
    return toJson(method.output, message) as JsonObject;
  };
}

/** The refusal a host gave, as those that come over a socket. */
function namedError(error: unknown): unknown {
  const [detail] = error instanceof ConnectError ? error.findDetails(ErrorDetailSchema) : [];
  const reason = detail && refusalReasonOf(detail.reason);
  if (detail === undefined || reason === undefined) return error;
  const { message, params, retryAfterS } = detail;
  return new RefusalError({ reason, message, params, retryAfterS });
}

function methodNamed(name: string): DescMethodUnary {
  const method = HostAdminService.methods.find((known) => known.name === name);
  if (method === undefined) throw new Error(`the contract has no method ${name}`);
  return method as DescMethodUnary;
}

/** A host that serves nobody: it holds the store's lock and answers on its Unix socket alone. */
export async function openStoppedHost(dataDirectory: string, by: ConfiguredBy): Promise<RunningHost> {
  const { startHost } = await import("@countersign/host/main");
  return startHost({ ...(await configurationBy(by)), dataDirectory, serves: false, logLevel: "silent" });
}

async function openForReading(dataDirectory: string, by: ConfiguredBy): Promise<Opened> {
  return { ...(await lookAtHost({ ...(await configurationBy(by)), dataDirectory })), mayChange: false };
}

async function openWhole(directory: string, by: ConfiguredBy): Promise<Opened> {
  const own = await openStoppedHost(directory, by);
  const transport = await runningTransport(directory);
  if (transport !== undefined) return { transport, close: () => own.stop(), mayChange: true };
  await own.stop();
  throw refused("SERVICE_NOT_RUNNING", { role: "host", address: own.adminSocket });
}

async function configurationBy({ env, platform, configFile }: ConfiguredBy) {
  return (await readHostConfiguration({ env, platform, configFile })).configuration;
}
