import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Interceptor } from "@connectrpc/connect";
import { refuse } from "@countersign/domain";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import type { Host } from "../core/host.ts";
import type { HostLog } from "../core/host-parts.ts";
import { writeAnswer } from "./any-http.ts";
import { connectErrorOf, namedFault } from "./connect-errors.ts";
import { type Listener, listening, listenOn } from "./listening.ts";
import { rpcAdapter } from "./rpc-adapter.ts";

/** A trust file at most (protocol.md §2.6), with room for its message. */
const MAX_BODY_BYTES = 1024 * 1024 + 4096;

/** HostAdminService over a Unix socket that only this account can open. */
export async function listenForAdmin(host: Host, path: string, log: HostLog): Promise<Listener> {
  const failed = (fault: unknown) => log.error({ err: fault }, "an administrator's call failed");
  const named: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (fault) {
      const refusal = namedFault(fault);
      if (refusal === undefined) failed(fault);
      throw connectErrorOf(refusal ?? refuse("INTERNAL_FAULT"));
    }
  };
  const server = createServer(
    rpcAdapter({
      interceptors: [named],
      maxBodyBytes: MAX_BODY_BYTES,
      ...{ failed, dropped: () => {} },
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
  await listening(server, path, () => server.listen(path));
  chmodSync(path, 0o600);
  return { port: 0, close: () => closed(server) };
}

/** tcp 1689: health only, until an administrator exists. */
export async function listenForHealth(
  host: Host,
  at: { readonly port: number; readonly address: string },
): Promise<Listener> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    healthOf(host, request.url ?? "").then(
      ({ status, text }) => writeAnswer(response, status, { "content-type": "text/plain; charset=utf-8" }, text),
      () => response.destroy(),
    );
  });
  const port = await listenOn(server, at);
  return { port, close: () => closed(server) };
}

async function healthOf(host: Host, url: string): Promise<{ readonly status: number; readonly text: string }> {
  if (url === "/healthz") return { status: 200, text: "ok\n" };
  if (url !== "/readyz") return { status: 404, text: "not found\n" };
  const faults = await host.unready();
  return faults.length === 0 ? { status: 200, text: "ok\n" } : { status: 503, text: `${faults.join("\n")}\n` };
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
