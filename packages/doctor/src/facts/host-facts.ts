import { z } from "zod";
import { diskFacts, eventFacts, instantMs, machineFacts, problemFacts, settingsFacts } from "./machine-facts.ts";

/** So many machines on one day (UTC, its first instant). */
export const machinesOfDay = z.object({ dayMs: instantMs, machines: z.number().int() });
/** A value of `machinesOfDay`. */
export type MachinesOfDay = z.infer<typeof machinesOfDay>;

/** One application's count on a host, with what its products require. */
export const countFacts = z.object({
  applicationId: z.string(),
  applicationName: z.string(),
  /** What statements carry: at most twice the largest required count. */
  currentCount: z.number().int(),
  /** Distinct machines of the last 30 days, uncapped. */
  machinesSeen: z.number().int(),
  /** Of them, those that were first seen in these 30 days. */
  newMachines: z.number().int(),
  /** Every machine the inventory knows, by the day of its last contact, newest first; 400 days at most. */
  lastContacts: z.array(machinesOfDay),
  /** How long a lease lasts, the shortest of its products. */
  validityDays: z.number(),
  /** Smallest first. */
  thresholds: z.array(z.object({ productName: z.string(), requiredCount: z.number().int() })),
});
/** A value of `countFacts`. */
export type CountFacts = z.infer<typeof countFacts>;

/** What a host is for one publisher. */
export const seatFacts = z.object({
  publisherId: z.string(),
  publisherName: z.string(),
  hostStatus: z.enum(["unlicensed", "licensed", "notification"]),
  /** Why it is not licensed, a reason of THE table; "" = it is. */
  reason: z.string(),
  /** "" = no host key is installed. */
  partialKey: z.string(),
  keyGroups: z.array(z.number().int()),
  notAfterMs: instantMs.optional(),
  /** Since when a newer certificate is due, and why the last try to get one failed; absent: none is due. */
  renewal: z.object({ dueMs: instantMs, failure: problemFacts.optional() }).optional(),
  serviceUrl: z.string(),
  /** What asking the publisher for its documents came to; absent: not tried. */
  publisher: z.object({ reachable: z.boolean(), reason: z.string(), detail: z.string() }).optional(),
  counts: z.array(countFacts),
  requests: z.object({
    total: z.number(),
    failed: z.number(),
    failedByReason: z.array(z.object({ reason: z.string(), count: z.number() })),
  }),
  /** Requests of the last 7 days that were refused, by reason; the counters above never forget. */
  refusedLately: z.array(
    z.object({
      reason: z.string(),
      count: z.number().int(),
      /** Names of machines that were refused so, 20 at most. */
      machines: z.array(z.string()),
      /** What the newest refusal says: which product, which version. */
      detail: z.string(),
    }),
  ),
});
/** A value of `seatFacts`. */
export type SeatFacts = z.infer<typeof seatFacts>;

/** A machine as the host knows it. Only those that a check may speak of: clones, refused, silent, the newest. */
export const knownMachineFacts = z.object({
  cmid: z.string(),
  /** Every name that came with this CMID, newest first. */
  names: z.array(z.string()),
  productId: z.number().int(),
  lastSeenMs: instantMs,
  /** Requests of the last 30 days whose hardware differed from that of the one before. */
  hardwareChanges: z.number().int(),
});
/** A value of `knownMachineFacts`. */
export type KnownMachineFacts = z.infer<typeof knownMachineFacts>;

/** One domain the host publishes itself in. */
export const publicationFacts = z.object({
  domain: z.string(),
  /** The port and target the record must have. */
  target: z.string(),
  port: z.number().int(),
  lastSuccessMs: instantMs.optional(),
  /** Why the last try failed; absent: it did not. */
  failure: problemFacts.extend({ server: z.string() }).optional(),
});
/** A value of `publicationFacts`. */
export type PublicationFacts = z.infer<typeof publicationFacts>;

/** A host as it is seen from within: its socket, its store, its files. */
export const hostFacts = z.object({
  /** `service`: the running one told. `store`: read from its files while it stands still. `answer`: what it tells anybody. */
  from: z.enum(["service", "store", "answer"]),
  machine: machineFacts.optional(),
  dataDirectory: z.string(),
  isRunning: z.boolean(),
  /** The last start that failed, with no successful one after it. */
  startFailure: problemFacts.optional(),
  store: problemFacts.optional(),
  disk: diskFacts.optional(),
  /** Files of private keys that others than their owner may read. */
  openKeyFiles: z.array(z.string()),
  configuration: z.object({ path: z.string(), problems: z.array(z.string()) }).optional(),
  settings: settingsFacts,
  softwareVersion: z.string(),
  hostId: z.string(),
  instanceId: z.string(),
  startedMs: instantMs.optional(),
  /** Where it takes requests; absent: it does not. */
  listening: z.object({ address: z.string(), port: z.number().int() }).optional(),
  /** Its own clock at the time of looking, and what it holds for true. */
  clock: z.object({ wallMs: instantMs, guardedMs: instantMs, isSuspect: z.boolean() }).optional(),
  seats: z.array(seatFacts),
  eventLog: z
    .object({
      rows: z.number(),
      oldestMs: instantMs.optional(),
      mostRows: z.number(),
      mostDays: z.number(),
      rowsPerDay: z.number(),
      fullMs: instantMs.optional(),
    })
    .optional(),
  /** Newest first, no 12290 among them, 1,000 at most. */
  events: z.array(eventFacts),
  /** 12290 of the last 35 days by machine and day: enough to see a rate of contact and who stopped asking. */
  contacts: z.array(z.object({ dayMs: instantMs, applicationId: z.string(), machines: z.number().int() })),
  machines: z.array(knownMachineFacts),
  publishing: z.object({ isOn: z.boolean(), domains: z.array(publicationFacts) }).optional(),
  /** Requests that were dropped unanswered since the process started. */
  dropped: z.array(z.object({ reason: z.string(), count: z.number() })),
});
/** A value of `hostFacts`. */
export type HostFacts = z.infer<typeof hostFacts>;
