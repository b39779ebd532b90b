import { chmodSync, chownSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { refuse } from "@countersign/domain";
import { createAdmission } from "../core/admin-admission.ts";
import { EVERYBODYS_METHODS } from "../core/admin-roles.ts";
import type { Host } from "../core/host.ts";
import type { HostLog } from "../core/host-parts.ts";
import { adminRoutes } from "./admin-routes.ts";
import { type AnyRequest, writeAnswer } from "./any-http.ts";
import { type Listener, listening, listenOn } from "./listening.ts";
import { namedFaults } from "./named-faults.ts";
import { type Admission, type RpcAdapterParts, rpcAdapter } from "./rpc-adapter.ts";

/** A trust file at most (protocol.md §2.6), with room for its message. */
const MAX_BODY_BYTES = 1024 * 1024 + 4096;
const SERVICE_PATH = "/countersign.v1.HostAdminService/";

/** Where a host is administered from its own machine. */
export interface AdminSockets {
  /** The owner's, and with a group that group's. */
  readonly admin: string;
  /** Everybody's, for looking. */
  readonly view: string;
  readonly operators: number | undefined;
}

/** HostAdminService over two Unix sockets: the whole of it for its administrators, what may be seen for everybody. */
export async function listenOnSockets(host: Host, sockets: AdminSockets, log: HostLog): Promise<Listener> {
  const { admin, view, operators } = sockets;
  const whole = createServer(rpcAdapter(adminAdapter(host, log)));
  await listenOnSocket(whole, admin, 0o600);
  if (operators !== undefined) {
    chownSync(admin, process.getuid?.() ?? 0, operators);
    chmodSync(admin, 0o660);
  }
  const looking = createServer(rpcAdapter({ ...adminAdapter(host, log), admit: admitToLook }));
  await listenOnSocket(looking, view, 0o666);
  return { port: 0, close: async () => void (await Promise.all([closed(whole), closed(looking)])) };
}

async function listenOnSocket(server: Server, path: string, mode: number): Promise<void> {
  // The store's lock says that no other host lives here: a socket that is left is a leftover.
  rmSync(path, { force: true });
  await listening(server, path, () => server.listen(path));
  chmodSync(path, mode);
}

function admitToLook(_: AnyRequest, method: string): Admission {
  if (EVERYBODYS_METHODS.some((known) => known === method)) return { ok: true, caller: "" };
  return { ok: false, refusal: refuse("NOT_AUTHORISED", { detail: `${method} is for administrators` }) };
}

/** Where tcp 1689 listens and by what it judges who calls. */
export interface AdminPort {
  readonly port: number;
  readonly address: string;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Names this machine may be called by. */
  readonly names: readonly string[];
  readonly monotonicMs: () => number;
}

/** tcp 1689: health for everybody, and HostAdminService for whoever has a token, once there is one (behaviour.md §5). */
export async function listenForAdminPort(host: Host, at: AdminPort, log: HostLog): Promise<Listener> {
  const isPrivate = at.tls !== undefined || isLoopback(at.address);
  const { names, monotonicMs } = at;
  const judge = createAdmission({ isPrivate, names, monotonicMs, administratorWith: host.administratorWith });
  const administer = rpcAdapter({
    ...adminAdapter(host, log),
    admit: ({ headers, socket }, method) =>
      judge({
        ...{ method, address: socket.remoteAddress ?? "", hostHeader: headers.host },
        ...{ authorization: headers.authorization, origin: headers.origin },
      }),
  });
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith(SERVICE_PATH) && host.administrators().length > 0) {
      administer(request, response);
      return;
    }
    request.resume();
    healthOf(host, request.url ?? "").then(
      ({ status, text }) => writeAnswer(response, status, { "content-type": "text/plain; charset=utf-8" }, text),
      () => response.destroy(),
    );
  };
  const server = at.tls === undefined ? createServer(serve) : createTlsServer({ ...at.tls }, serve);
  const port = await listenOn(server, at);
  return { port, close: () => closed(server) };
}

function adminAdapter(host: Host, log: HostLog): RpcAdapterParts {
  const failed = (fault: unknown) => log.error({ err: fault }, "an administrator's call failed");
  return {
    ...{ interceptors: [namedFaults(failed)], maxBodyBytes: MAX_BODY_BYTES, failed },
    dropped: () => {},
    routes: adminRoutes(host),
  };
}

async function healthOf(host: Host, url: string): Promise<{ readonly status: number; readonly text: string }> {
  if (url === "/healthz") return { status: 200, text: "ok\n" };
  if (url !== "/readyz") return { status: 404, text: "not found\n" };
  const faults = await host.unready();
  return faults.length === 0 ? { status: 200, text: "ok\n" } : { status: 503, text: `${faults.join("\n")}\n` };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address === "localhost" || /^127(\.\d{1,3}){3}$/.test(address);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
