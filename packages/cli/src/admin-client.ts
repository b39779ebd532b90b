import { connect } from "node:net";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";

const ADMIN_SOCKET = "admin.sock";
const VIEW_SOCKET = "view.sock";
const CALL_TIMEOUT_MS = 60_000;

/** A client of the service that runs on a data directory, over its Unix socket; undefined when nobody listens there. */
export async function runningService<Service extends DescService>(
  service: Service,
  directory: string,
): Promise<Client<Service> | undefined> {
  const transport = await runningTransport(directory);
  return transport && createClient(service, transport);
}

/**
 * The same for whoever carries the calls of another. Who may not open the socket of its administrators asks at everybody's
 * beside it, which shows and changes nothing.
 */
export async function runningTransport(directory: string): Promise<Transport | undefined> {
  const whole = join(directory, ADMIN_SOCKET);
  const found = await lookAt(whole);
  if (found === "listening") return transportOver(whole);
  const looking = join(directory, VIEW_SOCKET);
  return found === "forbidden" && (await lookAt(looking)) === "listening" ? transportOver(looking) : undefined;
}

function transportOver(socketPath: string): Transport {
  return createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    defaultTimeoutMs: CALL_TIMEOUT_MS,
    nodeOptions: { socketPath },
  });
}

/** A socket file without a listener is what a killed service leaves behind. */
function lookAt(path: string): Promise<"listening" | "forbidden" | "nobody"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("listening");
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EACCES" ? "forbidden" : "nobody"));
  });
}
