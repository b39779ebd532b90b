import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Given, Shell } from "./command.ts";
import { readContexts } from "./context-file.ts";
import { refused } from "./error-report.ts";
import { contextFile, dataDirectory, type Role } from "./places.ts";

/** The Unix socket of a running service, in its data directory. */
export const ADMIN_SOCKET = "admin.sock";
const CALL_TIMEOUT_MS = 30_000;

/** The directory a command is about: its flag, the environment, the context in use (and says so), the system's. */
export async function targetDirectory(role: Role, given: Given, shell: Shell): Promise<string> {
  const flag = given["data"] as string | undefined;
  if (flag !== undefined || shell.env["COUNTERSIGN_DATA"] !== undefined) return dataDirectory(role, flag, shell);
  const { current, contexts } = await readContexts(contextFile(shell));
  const context = contexts.find((one) => one.name === current);
  if (context === undefined) return dataDirectory(role, undefined, shell);
  shell.terminal.note(`context ${context.name}: ${role} at ${context[role]}`);
  return context[role];
}

/** A client of the service that runs on that directory. Rejects with SERVICE_NOT_RUNNING when nobody listens there. */
export async function adminClient<Service extends DescService>(
  service: Service,
  role: Role,
  directory: string,
): Promise<Client<Service>> {
  const socketPath = join(directory, ADMIN_SOCKET);
  const isThere = await stat(socketPath).then(
    () => true,
    () => false,
  );
  if (!isThere) throw refused("SERVICE_NOT_RUNNING", { role, address: socketPath });
  const transport = createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    defaultTimeoutMs: CALL_TIMEOUT_MS,
    nodeOptions: { socketPath },
    interceptors: [
      (next) => (request) =>
        next(request).catch((error: unknown) => {
          // A socket file without a listener is what a killed service leaves behind.
          const isSilent = error instanceof ConnectError && /ECONNREFUSED|ENOENT/.test(error.message);
          if (isSilent && error.code !== Code.InvalidArgument)
            throw refused("SERVICE_NOT_RUNNING", { role, address: socketPath });
          throw error;
        }),
    ],
  });
  return createClient(service, transport);
}
