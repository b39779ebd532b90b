import { z } from "zod";

/** Unix ms. */
export const instantMs = z.number().int();

/** What is known of a file system that a store lies on. */
export const diskFacts = z.object({
  path: z.string(),
  freeBytes: z.number(),
  totalBytes: z.number(),
  /** False: a file could not be created there. */
  writable: z.boolean(),
});
/** A value of `diskFacts`. */
export type DiskFacts = z.infer<typeof diskFacts>;

/** The machine that something runs on, as seen from within. */
export const machineFacts = z.object({
  name: z.string(),
  /** `process.platform`. */
  platform: z.string(),
  /** Not those of loopback. */
  addresses: z.array(z.string()),
  /** Absent: not known on this platform. */
  hasDefaultRoute: z.boolean().optional(),
  /** `ip:port` of the DNS servers it asks. */
  resolvers: z.array(z.string()),
  /** The machine's own domain; "" = it has none. */
  domain: z.string(),
  wallMs: instantMs,
  /** Whether something keeps its clock in step; absent: not known. */
  clockSynchronised: z.boolean().optional(),
});
/** A value of `machineFacts`. */
export type MachineFacts = z.infer<typeof machineFacts>;

/** By name: the value as text, and the place that decides. */
export const settingsFacts = z.record(
  z.string(),
  z.object({
    value: z.string(),
    source: z.string(),
    place: z.string(),
    /** What a place that does not decide says otherwise: a value somebody set and believes to be in force. */
    overruled: z.object({ value: z.string(), place: z.string() }).optional(),
  }),
);
/** A value of `settingsFacts`. */
export type SettingsFacts = z.infer<typeof settingsFacts>;

/** An event of either side, as far as checks read it. */
export const eventFacts = z.object({
  timeMs: instantMs,
  eventId: z.number().int(),
  computer: z.string(),
  requestId: z.string(),
  cmid: z.string(),
  /** By the field names of the catalogue. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
/** A value of `eventFacts`. */
export type EventFacts = z.infer<typeof eventFacts>;

/** A problem of a store or a service by its reason in THE table of refusals; `detail` says where and what exactly. */
export const problemFacts = z.object({ reason: z.string(), detail: z.string(), sinceMs: instantMs.optional() });
/** A value of `problemFacts`. */
export type ProblemFacts = z.infer<typeof problemFacts>;
