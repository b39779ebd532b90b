import { connect } from "node:net";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";

const ADMIN_SOCKET = "admin.sock";
const CALL_TIMEOUT_MS = 60_000;

/** A client of the service that runs on a data directory, over its Unix socket; undefined when nobody listens there. */
export async function runningService<Service extends DescService>(
  service: Service,
  directory: string,
): Promise<Client<Service> | undefined> {
  const transport = await runningTransport(directory);
  return transport && createClient(service, transport);
}

/** The same for whoever carries the calls of another. */
export async function runningTransport(directory: string): Promise<Transport | undefined> {
  const socketPath = join(directory, ADMIN_SOCKET);
  // A socket file without a listener is what a killed service leaves behind.
  if (!(await isListening(socketPath))) return undefined;
  return createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    defaultTimeoutMs: CALL_TIMEOUT_MS,
    nodeOptions: { socketPath },
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
