import type { Server } from "node:net";
import { RefusalError, refuse } from "@countersign/domain";

/** A listening port; `close` lets accepted requests end first. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on a tcp port; a taken port is a refusal that names it, an address of another machine one that names both. */
export async function listenOn(
  server: Server,
  { port, address }: { readonly port: number; readonly address: string },
): Promise<number> {
  await listening(server, `${address}:${port}`, () => server.listen(port, address), port);
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

/** Waits for a server that `listen` starts. From then on it outlives what its sockets run into. */
export async function listening(server: Server, place: string, listen: () => void, port?: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = port !== undefined && error.code === "EADDRINUSE";
      const expected = "an address this process may listen on";
      const refusal = taken
        ? refuse("PORT_IN_USE", { port })
        : refuse("CONFIGURATION_INVALID", { expected, found: `${place} (${error.code ?? error.message})` });
      reject(new RefusalError(refusal, { cause: error }));
    });
    server.once("listening", resolve);
    listen();
  });
  // Accepting fails while the process has no file descriptor left; the server listens on and accepts again.
  server.on("error", () => {});
}
