import type { HostSettings } from "@countersign/domain";
import type { HostLog } from "../core/host-parts.ts";
import type { SettingsChange } from "../core/host-settings.ts";
import type { ClientPort } from "../http/client-port.ts";
import { setProcessPriority } from "./process-priority.ts";

/** Opens the new port before the change is committed: one that is taken changes nothing. */
export async function putInForce(
  next: HostSettings,
  clients: ClientPort | undefined,
  log: HostLog,
): Promise<SettingsChange> {
  const isPortSet = clients !== undefined && next.listeningPort !== 0;
  const moved = isPortSet ? await clients.move(next.listeningPort) : undefined;
  const finish = () => {
    moved?.finish();
    if (clients !== undefined) applyPriority(next.lowPriority, log);
  };
  return { finish, undo: async () => moved?.undo() };
}

/** The scheduling priority of this process; where the system does not permit it, the log says so. */
export function applyPriority(isLow: boolean, log: HostLog): void {
  const fault = setProcessPriority(isLow);
  if (fault !== undefined) log.warn({ fault }, "the system does not permit another priority");
}
