import { chmod, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { RefusalError, refuse } from "@countersign/domain";

/** The header in which the listener tells the routes who asks; what a stranger sends under that name is overwritten. */
export const SOURCE_HEADER = "x-countersign-source";

const MAX_BODY_BYTES = 64 * 1024;

/** A listening server. */
export interface Listening {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves Connect, gRPC-Web and JSON over HTTP/1.1 on a tcp port. A taken one is PORT_IN_USE. */
export async function listenTcp(
  routes: (router: ConnectRouter) => void,
  address: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createServer(withSource(connectNodeAdapter({ routes, readMaxBytes: MAX_BODY_BYTES })));
  server.headersTimeout = 5_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new RefusalError(refuse("PORT_IN_USE", { port: address.port }), { cause: error })
          : error,
      ),
    );
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  return { port: typeof bound === "object" && bound !== null ? bound.port : address.port, stop: () => stop(server) };
}

/** Serves the routes on a Unix socket that only its owner may open. A socket file nobody listens on is replaced. */
export async function listenUnix(routes: (router: ConnectRouter) => void, path: string): Promise<Listening> {
  if (!(await isAlive(path))) await rm(path, { force: true });
  const server = createServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return { port: 0, stop: () => stop(server) };
}

function withSource(listener: RequestListener): RequestListener {
  return (request, response) => {
    request.headers[SOURCE_HEADER] = request.socket.remoteAddress ?? "";
    listener(request, response);
  };
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Answers what it accepted, then closes. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
