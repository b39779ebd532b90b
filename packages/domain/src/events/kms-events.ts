import type { EventRow } from "./event-row.ts";

const CLIENT = { level: "information", side: "client", log: "Application" } as const;
const HOST = { level: "information", side: "host", log: "Application" } as const;
const EITHER = { level: "information", side: "either", log: "Application" } as const;

/** Events under the ids administrators know (behaviour.md §4). */
export const KMS_EVENTS = {
  902: { ...EITHER, title: "service started", fields: { version: "text" } },
  903: { ...EITHER, title: "service stopped", fields: { reason: "text" } },
  1003: {
    ...EITHER,
    title: "licence status check completed",
    fields: { activationId: "uuid", licenseStatus: "licenseStatus", reason: "reason", minutesToExpiry: "minutes" },
  },
  1016: { ...EITHER, title: "product key installed", fields: { activationId: "uuid", partialKey: "partialKey" } },
  1018: { ...EITHER, title: "product key removed", fields: { activationId: "uuid", partialKey: "partialKey" } },
  1025: { ...CLIENT, title: "grace period started", fields: { minutes: "minutes", kind: "text" } },
  1036: { ...CLIENT, title: "validity period started", fields: { minutes: "minutes", kind: "text" } },
  8198: {
    ...CLIENT,
    level: "error",
    title: "activation attempt failed",
    fields: { resultCode: "resultCode", trigger: "text", innerCodes: "text" },
  },
  12288: {
    ...CLIENT,
    title: "request sent to a host",
    fields: {
      resultCode: "resultCode",
      flags: "flags",
      host: "address",
      cmid: "uuid",
      clientTimeMs: "instantMs",
      virtualMachine: "yesNo",
      licenseStatus: "licenseStatus",
      minutesToExpiry: "minutes",
      activationId: "uuid",
      requiredCount: "count",
    },
  },
  12289: {
    ...CLIENT,
    title: "reply of a host processed",
    fields: {
      resultCode: "resultCode",
      flags: "flags",
      activated: "yesNo",
      currentCount: "count",
      activationIntervalMinutes: "minutes",
      renewalIntervalMinutes: "minutes",
      clientTimeMs: "instantMs",
    },
  },
  12290: {
    ...HOST,
    log: "Key Management Service",
    title: "request processed",
    fields: {
      resultCode: "resultCode",
      requiredCount: "count",
      clientName: "name",
      cmid: "uuid",
      clientTimeMs: "instantMs",
      virtualMachine: "yesNo",
      licenseStatus: "licenseStatus",
      minutesToExpiry: "minutes",
      activationId: "uuid",
      currentCount: "count",
      address: "address",
      reason: "reason",
      purpose: "purpose",
    },
  },
  12291: { ...HOST, level: "error", title: "service could not start", fields: { resultCode: "resultCode" } },
  12292: { ...CLIENT, level: "error", title: "renewal timer could not start", fields: { resultCode: "resultCode" } },
  12293: {
    ...HOST,
    level: "error",
    title: "DNS publication failed",
    fields: { resultCode: "resultCode", domain: "name", server: "name" },
  },
  12294: {
    ...HOST,
    title: "DNS publication succeeded",
    fields: { resultCode: "resultCode", domain: "name", server: "name" },
  },
  12306: { ...CLIENT, title: "rearm done", fields: { applicationId: "uuid", rearmsLeft: "count" } },
  16384: { ...CLIENT, title: "next attempt scheduled", fields: { attemptMs: "instantMs", reason: "text" } },
} as const satisfies Readonly<Record<number, EventRow>>;
