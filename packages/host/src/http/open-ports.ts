import { hostname } from "node:os";
import type { Host } from "../core/host.ts";
import type { HostParts } from "../core/host-parts.ts";
import type { HostOptions } from "../node/host-options.ts";
import { applyPriority } from "../node/put-in-force.ts";
import { readTls } from "../node/tls-files.ts";
import { listenForAdminPort } from "./admin-server.ts";
import { type ClientPort, openClientPort } from "./client-port.ts";
import type { Listener } from "./listening.ts";

/** The ports of a host that serves, that of the clients last: who connects to it is answered. */
export async function openPorts(
  host: Host,
  { limits, log, clock }: Pick<HostParts, "limits" | "log" | "clock">,
  { tls, adminHostNames = [] }: Pick<HostOptions, "tls" | "adminHostNames">,
  closers: (() => Promise<void>)[],
): Promise<{ readonly clients: ClientPort; readonly health: Listener }> {
  const { listenAddress, adminListenAddress, adminPort, listeningPort, lowPriority } = host.settings().values;
  const address = adminListenAddress || listenAddress;
  const names = [hostname(), ...adminHostNames];
  const at = { port: adminPort, address, tls: readTls(tls), names, monotonicMs: clock.monotonicMs };
  const health = await listenForAdminPort(host, at, log);
  closers.push(() => health.close());
  const clients = await openClientPort({ host, limits, log }, { port: listeningPort, address: listenAddress });
  closers.push(() => clients.close());
  if (lowPriority) applyPriority(lowPriority, log);
  return { clients, health };
}
