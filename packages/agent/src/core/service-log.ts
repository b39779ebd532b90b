import { type ClientEvent, clientEvent, type EventSink } from "@countersign/client";
import {
  type CatalogEvent,
  EVENT,
  eventOf,
  REFUSALS,
  RefusalError,
  type RefusalReason,
  SOFTWARE_VERSION,
} from "@countersign/domain";

/** What the service writes of itself, beside what each publisher's store tells. */
export interface ServiceLog {
  /** 902: it listens. */
  started(): void;
  /** 903: it was asked to stop, however often. */
  stopped(): void;
  /** 12292: somebody's products are not renewed by it, for that reason. */
  cannotRenew(reason: RefusalReason): void;
  /** 12292 for all of them, unless another agent is there: then that one renews. */
  didNotStart(fault: unknown): void;
}

/** Writes to `keep` what the service did. */
export function serviceLog(keep: EventSink, of: Pick<ClientEvent, "computer"> & { wallMs(): number }): ServiceLog {
  const write = (event: CatalogEvent) =>
    keep(clientEvent(event, { timeMs: of.wallMs(), computer: of.computer, requestId: "", product: "" }));
  let isStopped = false;
  const cannotRenew = (reason: RefusalReason) =>
    write(eventOf(EVENT.renewalTimerNotStarted, { resultCode: REFUSALS[reason].code }));
  return {
    started: () => write(eventOf(EVENT.serviceStarted, { version: SOFTWARE_VERSION })),
    stopped: () => {
      if (!isStopped) write(eventOf(EVENT.serviceStopped, { reason: "stop requested" }));
      isStopped = true;
    },
    cannotRenew,
    didNotStart: (fault) => {
      const reason = fault instanceof RefusalError ? fault.refusal.reason : "INTERNAL_FAULT";
      if (reason !== "STORE_LOCKED") cannotRenew(reason);
    },
  };
}
