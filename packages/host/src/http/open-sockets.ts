import type { Socket } from "node:net";
import type { HostLimits } from "../core/limits.ts";
import type { AnyRequest, AnyResponse } from "./any-http.ts";

const KEEP_ALIVE_MS = 5000;

/** The sockets of a port with a deadline each: a complete header, then a complete answer (protocol.md §5.6). */
export interface OpenSockets {
  opened(socket: Socket): void;
  asked(request: AnyRequest, response: AnyResponse): void;
  /** Resolves when no answer is being written. */
  answered(): Promise<void>;
  /** Calls `then` once no answer is being written to that socket. */
  whenIdle(socket: Socket, then: () => void): void;
  end(): void;
  destroy(): void;
}

/** Node checks header deadlines only for servers that listen themselves, so this port keeps its own. */
export function watchSockets(limits: HostLimits, socketOf: (request: AnyRequest) => Socket | undefined): OpenSockets {
  const timers = new Map<Socket, NodeJS.Timeout>();
  const asking = new Map<Socket, number>();
  const answers = new Set<Promise<void>>();
  const waiting = new Map<Socket, () => void>();
  const within = (socket: Socket, deadlineMs: number) => {
    if (socket.destroyed) return;
    clearTimeout(timers.get(socket));
    timers.set(socket, setTimeout(() => socket.destroy(), deadlineMs).unref());
  };
  return {
    opened(socket) {
      within(socket, limits.headerTimeoutMs);
      socket.on("close", () => {
        clearTimeout(timers.get(socket));
        timers.delete(socket);
        waiting.delete(socket);
      });
    },
    asked(request, response) {
      const socket = socketOf(request);
      if (socket === undefined) return;
      asking.set(socket, (asking.get(socket) ?? 0) + 1);
      within(socket, limits.requestTimeoutMs);
      const answer = new Promise<void>((resolve) => {
        response.once("close", () => {
          const left = (asking.get(socket) ?? 1) - 1;
          if (left > 0) asking.set(socket, left);
          else {
            asking.delete(socket);
            waiting.get(socket)?.();
            within(socket, KEEP_ALIVE_MS + limits.headerTimeoutMs);
          }
          resolve();
        });
      }).then(() => void answers.delete(answer));
      answers.add(answer);
    },
    async answered() {
      while (answers.size > 0) await Promise.all(answers);
    },
    whenIdle(socket, then) {
      if (asking.has(socket)) waiting.set(socket, then);
      else then();
    },
    end() {
      for (const socket of timers.keys()) socket.end();
    },
    destroy() {
      for (const socket of timers.keys()) socket.destroy();
    },
  };
}
