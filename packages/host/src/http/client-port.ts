import type { SettingsChange } from "../core/host-settings.ts";
import { type ClientPortParts, listenForClients } from "./listener.ts";
import type { Listener } from "./listening.ts";

/** The port of the clients, which may be another one from a moment on. */
export interface ClientPort extends Listener {
  /** Opens the new port; `finish` then closes the old one once what it accepted is answered. Rejects when it is taken. */
  move(port: number): Promise<SettingsChange>;
}

/** Opens it. */
export async function openClientPort(
  parts: ClientPortParts,
  at: { readonly port: number; readonly address: string },
): Promise<ClientPort> {
  let current = await listenForClients(parts, at);
  const retiring = new Set<Promise<void>>();
  return {
    get port() {
      return current.port;
    },
    async move(port) {
      if (port === current.port) return { finish: () => {}, undo: async () => {} };
      const next = await listenForClients(parts, { ...at, port });
      return {
        finish() {
          const gone = current.retire().finally(() => retiring.delete(gone));
          retiring.add(gone);
          current = next;
        },
        undo: () => next.retire(),
      };
    },
    async close() {
      await current.close();
      await Promise.all(retiring);
    },
  };
}
