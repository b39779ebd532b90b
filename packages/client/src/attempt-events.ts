import {
  type CatalogEvent,
  EVENT,
  eventOf,
  FLAG_NOT_ENOUGH_COUNT,
  licenseStateOf,
  minutesToExpiry,
  REFUSALS,
  type RefusalReason,
  toUuid,
} from "@countersign/domain";
import type { Statement } from "@countersign/protocol";
import type { HostAnswer } from "./ask-host.ts";
import { formatHostTarget } from "./host-address.ts";
import type { Present } from "./publisher-session.ts";
import { productIn, type Session } from "./session.ts";
import type { HostTarget } from "./transport.ts";
import type { AttemptSeries } from "./trusted-state.ts";

/** 12288: one host was asked. Its code is 0 when anything came back; what that said is in 12289. */
export function requestSent(
  session: Session,
  host: HostTarget,
  {
    series,
    answer,
    present,
  }: { readonly series: AttemptSeries; readonly answer: HostAnswer; readonly present: Present },
): CatalogEvent {
  const { product, machine } = session;
  const license = licenseStateOf(productIn(session.state, session).license, present.now);
  const replied = answer.kind === "statement" || answer.replied;
  return eventOf(EVENT.requestSent, {
    resultCode: replied ? 0 : REFUSALS[answer.reason].code,
    flags: 0,
    host: formatHostTarget(host),
    cmid: toUuid(series.identity.cmid),
    clientTimeMs: present.reading.wallMs,
    virtualMachine: machine.isVirtual,
    licenseStatus: license.status,
    minutesToExpiry: minutesToExpiry(license),
    activationId: toUuid(product.activationId),
    requiredCount: product.requiredCount,
  });
}

/** 12289 of a verified statement; `problem`: it could not be kept, so it counts for nothing. */
export function statementProcessed(statement: Statement, wallMs: number, problem?: RefusalReason): CatalogEvent {
  const reason = problem ?? REASON_OF_STATEMENT[statement.kind];
  const told = statement.kind === "reidentify" ? { count: 0, retryS: statement.retryS, renewalS: 0 } : statement;
  return eventOf(EVENT.responseProcessed, {
    resultCode: reason === undefined ? 0 : REFUSALS[reason].code,
    flags: statement.kind === "count-report" ? FLAG_NOT_ENOUGH_COUNT : 0,
    activated: reason === undefined,
    currentCount: told.count,
    activationIntervalMinutes: Math.round(told.retryS / 60),
    renewalIntervalMinutes: Math.round(told.renewalS / 60),
    clientTimeMs: wallMs,
  });
}

/** 12289 of a refusal or of something that does not verify: flag 0 and the code. */
export function refusalProcessed(reason: RefusalReason, wallMs: number): CatalogEvent {
  return eventOf(EVENT.responseProcessed, {
    resultCode: REFUSALS[reason].code,
    flags: 0,
    activated: false,
    currentCount: 0,
    activationIntervalMinutes: 0,
    renewalIntervalMinutes: 0,
    clientTimeMs: wallMs,
  });
}

/** Which check of an answer failed, for whoever looks for the false host. */
export function untrustedHost(host: HostTarget, answer: Extract<HostAnswer, { kind: "no" }>): CatalogEvent {
  const { inner, detail } = answer;
  return eventOf(EVENT.untrustedHost, { host: formatHostTarget(host), reason: inner ?? answer.reason, detail });
}

const REASON_OF_STATEMENT: Readonly<Record<Statement["kind"], RefusalReason | undefined>> = {
  lease: undefined,
  "count-report": "COUNT_TOO_LOW",
  reidentify: "REIDENTIFY",
};
