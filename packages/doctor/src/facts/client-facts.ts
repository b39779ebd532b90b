import { z } from "zod";
import { diskFacts, eventFacts, instantMs, machineFacts, problemFacts, settingsFacts } from "./machine-facts.ts";

/** One host that was asked in an attempt. */
export const triedHostFacts = z.object({
  /** `name:port`. */
  host: z.string(),
  /** Why it was asked: `fixed`, `cached`, `discovered`. */
  why: z.string(),
  /** A reason of THE table; "" = it gave a verified statement. */
  reason: z.string(),
  /** Of UNTRUSTED_HOST: which check failed. */
  inner: z.string(),
  detail: z.string(),
  /** The IP address that was reached or tried; absent or "": its name has none. */
  address: z.string().optional(),
});
/** A value of `triedHostFacts`. */
export type TriedHostFacts = z.infer<typeof triedHostFacts>;

/** One name that was asked for hosts in DNS. */
export const lookupFacts = z.object({
  /** "" = there was none to ask. */
  domain: z.string(),
  /** "" = none could be asked. */
  name: z.string(),
  /** A reason of THE table; "" = records were found. */
  reason: z.string(),
  detail: z.string(),
});

/** One product of the machine. */
export const productFacts = z.object({
  name: z.string(),
  activationId: z.string(),
  applicationId: z.string(),
  productId: z.number().int().optional(),
  keyGroup: z.number().int().optional(),
  /** What the installed key is for; "" = none is installed. */
  channel: z.enum(["setup key", "MAK", "host key", "retail", ""]),
  partialKey: z.string(),
  /** Why the last key that was offered was not taken, a reason of THE table. */
  keyProblem: problemFacts.optional(),
  /** False: this edition knows no activation by a host; absent: no signed policy at hand says. */
  hasVolumeChannel: z.boolean().optional(),
  /** 0..6 (kms-behaviour.md §2.1). */
  status: z.number().int(),
  reason: z.string(),
  remainingMinutes: z.number().optional(),
  expiresMs: instantMs.optional(),
  rearmsLeft: z.number().int().optional(),
  requiredCount: z.number().int().optional(),
  nextAttemptMs: instantMs.optional(),
  /** The last verified lease; absent: never one. */
  lastLeaseMs: instantMs.optional(),
  renewalIntervalMinutes: z.number().optional(),
  lastAnswer: z
    .object({ count: z.number().int(), requiredCount: z.number().int(), atMs: instantMs, reason: z.string() })
    .optional(),
  lastAttempt: z
    .object({
      atMs: instantMs,
      tried: z.array(triedHostFacts),
      /** Absent or empty: DNS was not asked. */
      lookups: z.array(lookupFacts).optional(),
    })
    .optional(),
});
/** A value of `productFacts`. */
export type ProductFacts = z.infer<typeof productFacts>;

/** A machine's client as it is seen from within: agent, store, settings, log. */
export const clientFacts = z.object({
  /** Who keeps it: the machine's agent, whether it runs or not; a directory of its own; or what the machine printed told. */
  from: z.enum(["agent", "store", "export"]),
  machine: machineFacts.optional(),
  machineName: z.string(),
  dataDirectory: z.string(),
  /** Absent: no agent is set up on this machine. */
  agent: z
    .object({
      isRunning: z.boolean(),
      startFailure: problemFacts.optional(),
      /** The command that starts it, with its directories; absent: `countersign agent serve`. */
      command: z.string().optional(),
    })
    .optional(),
  store: problemFacts.optional(),
  disk: diskFacts.optional(),
  cmid: z.string(),
  trust: z.object({ publisherName: z.string(), problem: problemFacts.optional() }).optional(),
  settings: settingsFacts,
  settingsProblems: z.array(z.string()),
  /** `name:port`; "" = none. */
  fixedHost: z.string(),
  cachedHost: z.string(),
  lookupDomain: z.string(),
  hostCaching: z.boolean(),
  keepPort: z.boolean(),
  clock: z.object({ wallMs: instantMs, believedMs: instantMs, isSuspect: z.boolean() }).optional(),
  /** The hardware no longer matches the licence. */
  isMachineChanged: z.boolean(),
  /** The store was written on another machine. */
  isStoreCopied: z.boolean(),
  products: z.array(productFacts),
  /** Newest first, 1,000 at most. */
  events: z.array(eventFacts),
});
/** A value of `clientFacts`. */
export type ClientFacts = z.infer<typeof clientFacts>;
