import { connect } from "node:net";
import { join } from "node:path";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { HostFacts } from "@countersign/doctor";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";

const SOCKET = "admin.sock";
const CONNECT_MS = 1_000;
const ANSWER_MS = 10_000;

/** Whether somebody listens on the socket of a directory: a file without a listener is what a killed host leaves. */
export function hasListener(dataDirectory: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(dataDirectory, SOCKET));
    const ended = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(CONNECT_MS, () => ended(true));
    socket.once("connect", () => ended(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => ended(code === "EACCES"));
  });
}

/** What the running service tells; undefined: it hangs, is of another version, or tells only its administrators. */
export async function runningFacts(dataDirectory: string): Promise<HostFacts | undefined> {
  const transport = createConnectTransport({
    ...{ baseUrl: "http://localhost", httpVersion: "1.1" },
    defaultTimeoutMs: ANSWER_MS,
    nodeOptions: { socketPath: join(dataDirectory, SOCKET) },
  });
  try {
    return await factsOver(transport);
  } catch {
    return undefined;
  }
}

/** Asks and checks the form: what the checks read is what they expect. */
export async function factsOver(transport: Transport): Promise<HostFacts> {
  const { factsJson } = await createClient(HostAdminService, transport).getFacts({});
  const { hostFacts } = await import("@countersign/doctor");
  return hostFacts.parse(JSON.parse(factsJson));
}
