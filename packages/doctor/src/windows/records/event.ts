import type { Cited } from "./cite.ts";
import type { KeptHost, WindowsLicenceStatus } from "./licence.ts";

/** One event of a Windows log, whatever form it was exported in. Only those that speak of licensing are kept. */
export interface EventRecord extends Cited {
  readonly kind: "event";
  readonly id: number;
  /** `Microsoft-Windows-Security-SPP`, or the source as the export names it; "" = not said. */
  readonly provider: string;
  /** `Application`, `Key Management Service`, `System`; "" = not said. */
  readonly channel: string;
  /** Unix ms; absent where the export gives a time whose zone or order of fields cannot be known. */
  readonly timeMs?: number;
  /** The time as it was written, where `timeMs` is absent. */
  readonly timeText?: string;
  /** The insertion strings in their order; of rendered text, what could be taken back out of it. */
  readonly data: readonly string[];
  /** What the insertion strings mean, where this event is one that is known. */
  readonly detail?: EventDetail;
}

/** What is read out of an event's insertion strings (R§6.2, §6.3). */
export type EventDetail =
  | KmsRequestSent
  | KmsReplyProcessed
  | KmsRequestServed
  | DnsPublication
  | ActivationFailure
  | StatusChecked
  | RestartScheduled
  | OtherDetail;

/** 12288, on the client. */
export interface KmsRequestSent {
  readonly kind: "request sent";
  readonly code: number;
  readonly flags: number;
  readonly host: KeptHost;
  readonly cmid: string;
  /** By the client's clock, Unix ms, to the minute. */
  readonly clientTimeMs?: number;
  readonly isVirtual?: boolean;
  readonly status?: WindowsLicenceStatus;
  readonly remainingMinutes?: number;
  readonly activationId?: string;
  readonly requiredCount?: number;
}

/** 12289, on the client. */
export interface KmsReplyProcessed {
  readonly kind: "reply processed";
  readonly code: number;
  readonly flags: number;
  readonly isActivated: boolean;
  readonly currentCount: number;
  readonly activationIntervalMinutes?: number;
  readonly renewalIntervalMinutes?: number;
  readonly clientTimeMs?: number;
}

/** 12290, on the host. */
export interface KmsRequestServed {
  readonly kind: "request served";
  readonly code: number;
  readonly requiredCount: number;
  /** "" where the client gave none. */
  readonly clientName: string;
  readonly cmid: string;
  readonly clientTimeMs?: number;
  readonly isVirtual?: boolean;
  readonly status?: WindowsLicenceStatus;
  readonly remainingMinutes?: number;
  readonly activationId?: string;
}

/** 12293 and 12294, on the host. */
export interface DnsPublication {
  readonly kind: "publication";
  readonly domain: string;
  /** 0 = published (12294). */
  readonly code: number;
}

/** 8198, 8233 and the other events whose first insertion is an HRESULT of an activation. */
export interface ActivationFailure {
  readonly kind: "activation failed";
  readonly code: number;
  readonly applicationId?: string;
  readonly activationId?: string;
  /** `TimerEvent`, `NetworkAvailable`, `UserLogon`. */
  readonly trigger?: string;
}

/** 1003. */
export interface StatusChecked {
  readonly kind: "status checked";
  readonly applicationId: string;
  readonly products: readonly { readonly activationId: string; readonly codes: readonly number[] }[];
}

/** 16384. */
export interface RestartScheduled {
  readonly kind: "restart scheduled";
  readonly atMs?: number;
  readonly reason: string;
}

/** Any other event of R§6 that carries an HRESULT or names a product. */
export interface OtherDetail {
  readonly kind: "other";
  readonly code?: number;
  readonly activationId?: string;
}

/** A log of which something is known beside its events: how much was read, from when to when. */
export interface EventLogRecord extends Cited {
  readonly kind: "event log";
  readonly form: "evtx" | "xml" | "json" | "csv" | "format list" | "text";
  readonly channels: readonly string[];
  /** Every event that was read, those of other programs too. */
  readonly eventsRead: number;
  readonly oldestMs?: number;
  readonly newestMs?: number;
  /** Events beyond the limit that were read and not kept, the oldest first. */
  readonly eventsLeftOut: number;
}
