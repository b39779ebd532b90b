import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import type { Host } from "../core/host.ts";
import { connectErrorOfFault } from "./connect-errors.ts";
import { type Listener, listenOn } from "./listener.ts";

/** HostAdminService over a Unix socket that only this account can open. */
export async function listenForAdmin(host: Host, path: string): Promise<Listener> {
  const named: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (fault) {
      throw connectErrorOfFault(fault);
    }
  };
  const server = createServer(
    connectNodeAdapter({
      interceptors: [named],
      routes: (router) =>
        router.service(HostAdminService, {
          getStatus: () => host.status(),
          addTrust: async ({ trustFile }) => published(await host.addTrust(trustFile)),
          installKey: async ({ productKey }) => {
            const seat = await host.installKey(productKey);
            const key = seat.row.key;
            return { ...published(seat), partialKey: key?.lastFive ?? "", keyGroup: key?.keyGroup ?? 0 };
          },
          activateOnline: async ({ publisherId }) => {
            await host.activateOnline(publisherId);
            return { seats: (await host.status()).seats };
          },
          listEvents: async ({ afterId, limit, eventIds }) => ({
            events: await host.listEvents(Number(afterId), limit, eventIds),
          }),
          acceptClock: async () => ({ guardedTimeMs: BigInt(await host.acceptClock()) }),
        }),
    }),
  );
  // The store's lock says that no other host lives here: a socket that is left is a leftover.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return { port: 0, close: () => closed(server) };
}

/** tcp 1689: health only, until an administrator exists. */
export async function listenForHealth(
  host: Host,
  at: { readonly port: number; readonly address: string },
): Promise<Listener> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const faults = request.url === "/readyz" ? host.unready() : [];
    const known = request.url === "/healthz" || request.url === "/readyz";
    response.writeHead(known ? (faults.length === 0 ? 200 : 503) : 404, {
      "content-type": "text/plain; charset=utf-8",
    });
    response.end(known ? `${faults.length === 0 ? "ok" : faults.join("\n")}\n` : "not found\n");
  });
  const port = await listenOn(server, at);
  return { port, close: () => closed(server) };
}

function published(seat: Awaited<ReturnType<Host["addTrust"]>>) {
  return { publisherId: seat.row.publisherId, publisherName: seat.trust.publisherName };
}

function closed(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
