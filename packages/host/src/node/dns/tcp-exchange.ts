import { connect } from "node:net";
import { type Refusal, refuse } from "@countersign/domain";

/** A DNS server: an address and a port. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

/** One message there and one back, or what stood in the way. */
export type Exchange = (
  server: DnsServer,
  message: Uint8Array,
  signal: AbortSignal,
) => Promise<{ readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly refusal: Refusal }>;

/** `10.0.0.53:53`, `[::1]:53`. */
export function serverText({ address, port }: DnsServer): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** For one message and its answer, from the first packet to the last byte: who drips is silent. */
export const EXCHANGE_MS = 5_000;

/** DNS over TCP (RFC 7766): a length of two bytes before each message. Never rejects. */
export function exchangeOverTcp(withinMs: number): Exchange {
  return (server, message, signal) =>
    new Promise((resolve) => {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
      const socket = connect({ host: server.address, port: server.port });
      const end = (outcome: Awaited<ReturnType<Exchange>>) => {
        deadline.removeEventListener("abort", late);
        socket.destroy();
        resolve(outcome);
      };
      const failed = (detail: string) =>
        end({ ok: false, refusal: refuse("DNS_SERVER_UNREACHABLE", { server: serverText(server), detail }) });
      const late = () => failed(signal.aborted ? "it was broken off" : `within ${withinMs / 1000} s`);
      let received = new Uint8Array();
      deadline.addEventListener("abort", late);
      socket.on("error", (error: NodeJS.ErrnoException) => failed(error.code ?? error.message));
      socket.on("end", () => failed("the connection was closed"));
      socket.on("data", (piece: Uint8Array) => {
        // Bounded by the two bytes of length: what comes after the message is not looked at.
        received = new Uint8Array([...received, ...piece]);
        const length = received.length < 2 ? Infinity : ((received[0] ?? 0) << 8) | (received[1] ?? 0);
        if (received.length >= length + 2) end({ ok: true, bytes: received.slice(2, length + 2) });
      });
      socket.write(new Uint8Array([message.length >> 8, message.length & 255, ...message]));
      if (deadline.aborted) late();
    });
}
