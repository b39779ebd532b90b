import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { readDnsMessage } from "@countersign/protocol";
import type { BindServer } from "@countersign/testkit/node";

/** One message with its length before it, and what it answers. */
export interface Passing {
  readonly question: Uint8Array;
  readonly isUpdate: boolean;
  /** What the real server says. */
  readonly answer: () => Promise<Uint8Array>;
  readonly socket: Socket;
}

/** A tcp server of the test's own before a real one: whatever it does, it does to one valid exchange. */
export interface BendingProxy {
  readonly server: string;
  stop(): Promise<void>;
}

/** `bend` answers on the socket, or does not. */
export async function bendingProxy(bind: BindServer, bend: (passing: Passing) => Promise<void>): Promise<BendingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (bytes: Uint8Array) => {
      const question = bytes.slice(2);
      const read = readDnsMessage(question);
      const answer = () => asked(bind, bytes);
      void bend({ question, answer, socket, isUpdate: read.ok && read.value.opcode === 5 });
    });
  });
  server.listen(0, bind.address);
  await once(server, "listening");
  const at = server.address();
  return {
    server: `${bind.address}:${typeof at === "object" && at !== null ? at.port : 0}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Sends one message with its length. */
export function reply(socket: Socket, message: Uint8Array): void {
  socket.write(new Uint8Array([message.length >> 8, message.length & 255, ...message]));
}

async function asked(bind: BindServer, bytes: Uint8Array): Promise<Uint8Array> {
  const socket = connect(bind.port, bind.address);
  socket.write(bytes);
  let received = Buffer.alloc(0);
  for await (const piece of socket) {
    received = Buffer.concat([received, piece]);
    if (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) break;
  }
  socket.destroy();
  return new Uint8Array(received.subarray(2));
}
