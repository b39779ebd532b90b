import {
  type ClientMachineId,
  LICENCE_WARNING_IDS,
  LICENSE_STATUS,
  LICENSE_STATUS_TEXT,
  type LicenceWarning,
  type LicenseStatus,
  type PackedComponents,
  parseClientMachineId,
  printableText,
  refusalReasonOf,
} from "@countersign/domain";
import type { LicenseReport } from "../license-report.ts";
import { HOST_CHOICES } from "../tried-host.ts";
import type { ClaimedLease } from "./lease-check.ts";

/** What an agent's status says, narrowed; nothing in it is believed yet. */
export interface ClaimedStatus {
  readonly report: LicenseReport;
  readonly lease: ClaimedLease | undefined;
}

/** Undefined: not a status at all. */
export function readStatus(json: unknown): ClaimedStatus | undefined {
  if (!isRecord(json) || !isRecord(json["report"])) return undefined;
  const report = reportOf(json["report"]);
  return report && { report, lease: isRecord(json["lease"]) ? leaseOf(json["lease"]) : undefined };
}

type Json = Readonly<Record<string, unknown>>;

function reportOf(json: Json): LicenseReport | undefined {
  const status = LICENSE_STATUSES.find((each) => each === json["status"]);
  if (status === undefined) return undefined;
  const flags = isRecord(json["flags"]) ? json["flags"] : {};
  const why = json["whyThisHost"];
  return {
    ...{ keeper: "agent", status, statusText: LICENSE_STATUS_TEXT[status] },
    reason: refusalReasonOf(textIn(json, "reason")),
    grace: typeof json["grace"] === "string" ? json["grace"] : undefined,
    ...{ expiresMs: numberIn(json, "expiresMs"), nextAttemptMs: numberIn(json, "nextAttemptMs") },
    ...{ trustedTimeMs: numberIn(json, "trustedTimeMs") ?? 0, warnings: warningsIn(json["warnings"]) },
    ...{ host: textIn(json, "host"), whyThisHost: HOST_CHOICES.find((each) => each === why) },
    ...{ cmid: textIn(json, "cmid"), partialKey: textIn(json, "partialKey").slice(-5) },
    ...{ rearmsLeft: numberIn(json, "rearmsLeft") ?? 0, currentCount: numberIn(json, "currentCount") },
    requiredCount: numberIn(json, "requiredCount") ?? 0,
    testSite: json["testSite"] === true,
    flags: {
      clockSuspect: flags["clockSuspect"] === true,
      pendingReidentification: flags["pendingReidentification"] === true,
      storeDegraded: flags["storeDegraded"] === true,
      agentAway: false,
    },
  };
}

/** A warning of a later version is left alone, as every member that is not known. */
function warningsIn(value: unknown): readonly LicenceWarning[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((json) => {
    const id = LICENCE_WARNING_IDS.find((each) => each === json["id"]);
    return id === undefined ? [] : [{ id, text: printableText(textIn(json, "text")) }];
  });
}

function leaseOf(json: Json): ClaimedLease | undefined {
  const cmid = parseClientMachineId(textIn(json, "cmid")) as ClientMachineId | undefined;
  const [reply, salt, components, nonce, chain] = ["reply", "salt", "components", "nonce", "chain"].map((name) =>
    bytesIn(json, name),
  );
  const receivedWallMs = numberIn(json, "receivedWallMs");
  const receivedFloorMs = numberIn(json, "receivedFloorMs");
  const isWhole = reply !== undefined && salt?.length === 16 && components !== undefined && nonce?.length === 32;
  if (cmid === undefined || !isWhole || receivedWallMs === undefined || receivedFloorMs === undefined) return undefined;
  const identity = { cmid, salt, components: components as PackedComponents, vmGenerationId: "" };
  return { evidence: { reply, identity, nonce, receivedWallMs, receivedFloorMs }, chain: chain ?? new Uint8Array() };
}

const LICENSE_STATUSES: readonly LicenseStatus[] = Object.values(LICENSE_STATUS);

function textIn(json: Json, name: string): string {
  const value = json[name];
  return typeof value === "string" ? value.slice(0, 300) : "";
}

function numberIn(json: Json, name: string): number | undefined {
  const value = json[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function bytesIn(json: Json, name: string): Uint8Array | undefined {
  const value = json[name];
  if (typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
