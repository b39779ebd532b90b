import type { ComponentKind } from "@countersign/domain";
import type { MachineComponent } from "../../machine-identity.ts";

const VENDOR_FILLERS = [
  "to be filled by o.e.m.",
  "default string",
  "system serial number",
  "system product name",
  "base board serial number",
  "not specified",
  "not applicable",
  "not available",
  "none",
  "n/a",
  "na",
  "unknown",
  "invalid",
  "oem",
  "o.e.m.",
  "empty",
  "uninitialized",
  "123456789",
  "0123456789",
  "xxxxxxxx",
];

/** SMBIOS UUIDs that boards ship with instead of their own. */
const COMMON_UUIDS = ["03000200-0400-0500-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc"];

/** The component with its spelling made even, or nothing when the value is a vendor's filler (protocol.md §7.2). */
export function componentFrom(kind: ComponentKind, value: string | undefined): readonly MachineComponent[] {
  const text = (value ?? "").trim().replace(/\s+/g, " ").toLowerCase();
  return text === "" || isPlaceholder(text) ? [] : [{ kind, value: text }];
}

function isPlaceholder(text: string): boolean {
  const digits = text.replace(/[-:.{}\s]/g, "");
  if (/^(0+|f+)$/.test(digits)) return true;
  return VENDOR_FILLERS.includes(text) || COMMON_UUIDS.includes(text);
}

/** The part of a machine's name a request may carry: `[A-Za-z0-9._-]{1,63}`, else "". */
export function computerNameFrom(hostname: string): string {
  const name = hostname.trim().slice(0, 63);
  return /^[A-Za-z0-9._-]+$/.test(name) ? name : "";
}
