import { tcpConnect } from "./tcp-connect.ts";

/** Where a host tells whether it is well, unless it was configured otherwise (architecture.md, "Ports and places"). */
const HEALTH_PORT = 1689;
const CONNECT_MS = 1_500;

/** `port 1689 answers` where a host's other port takes a connection: then it runs, and its first port is fenced off. */
export async function healthPortLife(address: string, port = HEALTH_PORT): Promise<string> {
  const answer = await tcpConnect(address, port, CONNECT_MS);
  return answer.kind === "connected" ? `port ${port} answers` : "";
}
