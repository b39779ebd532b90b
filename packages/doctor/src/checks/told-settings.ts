import type { SettingsFacts } from "../facts/machine-facts.ts";

/** Places that go before what a person set on the machine. */
const PINNING = ["flag", "environment", "managed"];

/** Whether an option, a variable or a managed file decides the setting. */
export function isPinned(settings: SettingsFacts, name: string): boolean {
  return PINNING.includes(settings[name]?.source ?? "default");
}

/** ` (file, /etc/countersign/host.yaml)`: what decides the setting; "" for a default. */
export function placeText(settings: SettingsFacts, name: string): string {
  const decided = settings[name];
  if (decided === undefined || decided.source === "default") return "";
  return ` (${[decided.source, decided.place].filter((text) => text !== "").join(", ")})`;
}

/** `; the option --port decides it`, where setting it otherwise would change nothing; "" elsewhere. */
export function pinnedText(settings: SettingsFacts, name: string): string {
  return isPinned(settings, name) ? `; ${settings[name]?.place} decides it` : "";
}
