import { join } from "node:path";
import type { HostSettingName, LicenceFacts } from "@countersign/domain";
import type { Shell } from "../command.ts";
import { type HostCall, HostNotRunning, unixCall } from "./host-call.ts";

/** A host as slmgr asks it, on this machine or elsewhere. Rejects with RefusalErrors. */
export interface HostSide {
  licences(): Promise<{ readonly softwareVersion: string; readonly licences: readonly LicenceFacts[] }>;
  activate(): Promise<void>;
  installKey(text: string): Promise<{ readonly publisher: string; readonly partialKey: string }>;
  removeKey(): Promise<void>;
  /** Answers the value in force. */
  change(name: HostSettingName, value: string): Promise<string>;
}

/** Over a way to call it. */
export function hostSide(call: HostCall): HostSide {
  return {
    async licences() {
      const { softwareVersion, licencesJson } = await call("GetLicence");
      const texts = Array.isArray(licencesJson) ? licencesJson : [];
      const licences = texts.map((text) => JSON.parse(String(text)) as LicenceFacts);
      return { softwareVersion: String(softwareVersion ?? ""), licences };
    },
    activate: async () => {
      await call("ActivateOnline");
    },
    async installKey(productKey) {
      const { publisherName, partialKey } = await call("InstallKey", { productKey });
      return { publisher: String(publisherName ?? ""), partialKey: String(partialKey ?? "") };
    },
    removeKey: async () => {
      await call("RemoveKey");
    },
    async change(name, value) {
      const { setting } = await call("SetSetting", { name, value });
      return String((setting as { readonly value?: unknown } | undefined)?.value ?? value);
    },
  };
}

/** The running host of a directory; where none runs, its store is opened for the length of the question. */
export async function withLocalHost<T>(
  directory: string,
  shell: Shell,
  ask: (host: HostSide) => Promise<T>,
): Promise<T> {
  return withLocalCall(directory, shell, (call) => ask(hostSide(call)));
}

/** The same for whoever asks other methods of it. */
export async function withLocalCall<T>(
  directory: string,
  shell: Shell,
  ask: (call: HostCall) => Promise<T>,
): Promise<T> {
  try {
    return await ask(unixCall(join(directory, "admin.sock")));
  } catch (error) {
    if (!(error instanceof HostNotRunning)) throw error;
  }
  const { callOver, stoppedHost } = await import("../stopped-host.ts");
  const stopped = stoppedHost(directory, shell);
  try {
    return await ask(callOver(stopped));
  } finally {
    await stopped.close();
  }
}
