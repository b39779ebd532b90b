import { chmod, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { ConnectRouter } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { RefusalError, refuse } from "@countersign/domain";
import { connectRefusal } from "./connect-refusal.ts";

/** The header in which the listener tells the routes who asks; what a stranger sends under that name is overwritten. */
export const SOURCE_HEADER = "x-countersign-source";

/** Well above any request, so that a document too large is refused by its own name; beyond it nothing is read. */
const MAX_BODY_BYTES = 128 * 1024;
const MAX_CONNECTIONS = 256;

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
  const server = createServer(guarded(connectNodeAdapter({ routes, readMaxBytes: MAX_BODY_BYTES })));
  server.headersTimeout = 5_000;
  server.requestTimeout = 30_000;
  server.maxConnections = MAX_CONNECTIONS;
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

/** Serves the routes on a Unix socket that only its owner may open. The store's lock says that what is left there is a leftover. */
export async function listenUnix(routes: (router: ConnectRouter) => void, path: string): Promise<Listening> {
  await rm(path, { force: true });
  const server = createServer(connectNodeAdapter({ routes }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return { port: 0, stop: () => stop(server) };
}

/** Says who asks, and turns away by its length what is too large to be a request. */
function guarded(listener: RequestListener): RequestListener {
  return (request, response) => {
    const length = Number(request.headers["content-length"] ?? 0);
    if (length > MAX_BODY_BYTES) {
      refuseLength(length, response);
      return;
    }
    request.headers[SOURCE_HEADER] = request.socket.remoteAddress ?? "";
    // Nobody here reads it, and the adapter throws out of this function when it is no address.
    request.headers.host = "localhost";
    listener(request, response);
  };
}

function refuseLength(length: number, response: ServerResponse): void {
  const detail = `${length} bytes, at most ${MAX_BODY_BYTES} are read`;
  const error = connectRefusal(refuse("DOCUMENT_TOO_LARGE", { detail }));
  response.writeHead(codeToHttpStatus(error.code), { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(errorToJson(error, undefined)));
}

/** Answers what it accepted, then closes. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
