import { connect } from "node:net";
import type { EndpointAnswer } from "../finder/facts.ts";

/** Whether an address takes a connection. Not a byte is sent: the other side may be a service of somebody else. */
export function tcpConnect(address: string, port: number, timeoutMs = 3_000): Promise<EndpointAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (answer: EndpointAnswer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle({ kind: "failure", reason: "TIMEOUT", detail: "connect" }), timeoutMs);
    socket.on("connect", () => settle({ kind: "connected" }));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      const detail = code === "ECONNREFUSED" ? "refused" : "unreachable";
      settle({ kind: "failure", reason: "HOST_UNREACHABLE", detail });
    });
  });
}
