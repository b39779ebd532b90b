import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Something that listens and is no host of ours. */
export interface Stranger {
  readonly port: number;
  /** Connections it took, and the bytes it was sent. */
  readonly connections: () => number;
  readonly bytes: () => number;
  stop(): Promise<void>;
}

/** Listens on TCP; greets with that text, or says nothing at all. */
export async function tcpStranger(greeting = ""): Promise<Stranger> {
  return listening(
    createServer((socket) => {
      socket.on("error", () => {}); // Whoever hangs up is no matter here.
      socket.resume();
      if (greeting !== "") socket.write(greeting);
    }),
  );
}

/** Answers every call with what `answer` makes of its body. */
export async function httpStranger(answer: (body: Uint8Array, path: string) => Promise<Uint8Array>): Promise<Stranger> {
  const server = createHttpServer((request, response) => {
    void request.toArray().then(async (pieces: Buffer[]) => {
      const body = await answer(new Uint8Array(Buffer.concat(pieces)), request.url ?? "");
      response.writeHead(200, { "content-type": "application/proto" }).end(body);
    });
  });
  return listening(server);
}

/** A port that was free a moment ago: nothing listens there. */
export async function freePort(): Promise<number> {
  const stranger = await tcpStranger();
  await stranger.stop();
  return stranger.port;
}

async function listening(server: Server): Promise<Stranger> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let ended = 0;
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      ended += socket.bytesRead;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    bytes: () => ended + [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
