import type { EventRow } from "./event-row.ts";

const CLIENT = { side: "client", log: "Application" } as const;
const HOST = { side: "host", log: "Application" } as const;
const EITHER = { side: "either", log: "Application" } as const;

/** Events KMS has no id for: 30001 and up, each id assigned once and never reused. */
export const OWN_EVENTS = {
  30001: {
    ...HOST,
    level: "warning",
    title: "CMID clone suspected",
    fields: { cmid: "uuid", clientName: "name", address: "address", otherLastSeenMs: "instantMs", detail: "text" },
  },
  30002: {
    ...HOST,
    level: "warning",
    title: "machine told to re-identify",
    fields: { cmid: "uuid", clientName: "name", address: "address", detail: "text" },
  },
  30003: {
    ...HOST,
    level: "information",
    title: "machine fingerprint drifted",
    fields: { cmid: "uuid", clientName: "name", address: "address" },
  },
  30004: {
    ...HOST,
    level: "warning",
    title: "host clone suspected",
    fields: { hostId: "uuid", otherInstanceId: "uuid", address: "address" },
  },
  30005: {
    ...HOST,
    level: "information",
    title: "host certificate installed",
    fields: { publisherId: "uuid", serial: "uuid", notAfterMs: "instantMs", renewal: "yesNo" },
  },
  30006: {
    ...HOST,
    level: "warning",
    title: "host certificate expires soon",
    fields: { publisherId: "uuid", serial: "uuid", notAfterMs: "instantMs" },
  },
  30007: {
    ...HOST,
    level: "error",
    title: "host certificate expired",
    fields: { publisherId: "uuid", serial: "uuid", notAfterMs: "instantMs" },
  },
  30008: {
    ...EITHER,
    level: "warning",
    title: "clock suspect",
    fields: { wallMs: "instantMs", trustedMs: "instantMs", detail: "text" },
  },
  30009: {
    ...EITHER,
    level: "information",
    title: "clock trusted again",
    fields: { wallMs: "instantMs", trustedMs: "instantMs", detail: "text" },
  },
  30010: {
    ...CLIENT,
    level: "warning",
    title: "untrusted host found",
    fields: { host: "address", reason: "reason", detail: "text" },
  },
  30011: {
    ...HOST,
    level: "warning",
    title: "more machines than agreed",
    fields: { applicationId: "uuid", seats: "count", machines: "count" },
  },
  30012: {
    ...EITHER,
    level: "information",
    title: "administrator's action",
    fields: { action: "text", target: "name", actor: "name" },
  },
  30013: {
    ...HOST,
    level: "warning",
    title: "overload",
    fields: { queued: "count", refused: "count", retryAfterS: "seconds" },
  },
  30014: {
    ...HOST,
    level: "warning",
    title: "requests dropped",
    fields: { address: "address", reason: "reason", count: "count", fromMs: "instantMs", toMs: "instantMs" },
  },
  30015: {
    ...HOST,
    level: "warning",
    title: "more refused requests than are listed",
    fields: { address: "address", reason: "reason", count: "count", fromMs: "instantMs", toMs: "instantMs" },
  },
  30016: {
    ...HOST,
    level: "warning",
    title: "client clock differs from the host's",
    fields: {
      cmid: "uuid",
      clientName: "name",
      address: "address",
      clientTimeMs: "instantMs",
      hostTimeMs: "instantMs",
    },
  },
  30017: {
    ...HOST,
    level: "warning",
    title: "host store older than its clients' records",
    fields: { cmid: "uuid", clientName: "name", storedSeq: "count", provenSeq: "count" },
  },
  30018: {
    ...HOST,
    level: "information",
    title: "machine's sequence taken up again",
    fields: { cmid: "uuid", clientName: "name", address: "address", storedSeq: "count", provenSeq: "count" },
  },
  30019: {
    ...CLIENT,
    level: "information",
    title: "machine drew a new CMID",
    fields: { previousCmid: "uuid", cmid: "uuid", cause: "text" },
  },
  30020: {
    ...CLIENT,
    level: "warning",
    title: "licence store recovered from its older generation",
    fields: { path: "text", detail: "text" },
  },
  30021: {
    ...EITHER,
    level: "error",
    title: "store cannot be written",
    fields: { reason: "reason", detail: "text" },
  },
  30022: {
    ...HOST,
    level: "information",
    title: "connection of another protocol closed",
    fields: { address: "address", detail: "text" },
  },
  30023: {
    ...HOST,
    level: "information",
    title: "DNS publication withdrawn",
    fields: { domain: "name", server: "name" },
  },
  30024: {
    ...HOST,
    level: "information",
    title: "publisher documents updated",
    fields: { publisherId: "uuid", manifestVersion: "count", policyVersion: "count", revocationNumber: "count" },
  },
  30025: {
    ...CLIENT,
    level: "information",
    title: "hosts looked up in DNS",
    fields: {
      resultCode: "resultCode",
      domain: "name",
      origin: "text",
      name: "name",
      records: "count",
      detail: "text",
    },
  },
  30026: {
    ...HOST,
    level: "warning",
    title: "finding appeared",
    fields: { finding: "text", check: "text", subject: "name", gravity: "text", cause: "text", remedy: "text" },
  },
  30027: {
    ...HOST,
    level: "information",
    title: "finding cleared",
    fields: { finding: "text", check: "text", subject: "name", gravity: "text", sinceMs: "instantMs" },
  },
} as const satisfies Readonly<Record<number, EventRow>>;
