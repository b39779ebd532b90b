export { COUNT_WINDOW_MS, DEFAULT_POLICY, requiredCountOf } from "./activation-policy.ts";
export type { Contact, CountWindow } from "./client-count.ts";
export {
  countIncluding,
  currentCount,
  forgetSurplus,
  largestRequired,
  needsReload,
  noteContact,
  openCountWindow,
} from "./client-count.ts";
export type { ClientMachineId } from "./client-machine-id.ts";
export { clientMachineIdFrom, clientMachineIdText, parseClientMachineId } from "./client-machine-id.ts";
export type { ContactCorrection, HostClockReading, HostClockRecord } from "./clock-guard.ts";
export { acceptHostClock, advanceHostClock, contactCorrection } from "./clock-guard.ts";
export type { Cryptography, HmacSha256, RandomBytes, Sha256, Signer, VerifySignature } from "./cryptography.ts";
export { ED25519 } from "./cryptography.ts";
export type {
  ActivationAsk,
  ActivationDecision,
  ActivationFacts,
  ActivationRemark,
  HostStanding,
  KnownMachine,
  ServedDecision,
} from "./decide-activation.ts";
export { certificateRefusal, decideActivation } from "./decide-activation.ts";
export type { ServiceRecord } from "./dns/order-targets.ts";
export { declinesService, MAX_TARGETS, orderTargets } from "./dns/order-targets.ts";
export type { ServiceNames } from "./dns/service-names.ts";
export { publisherTag, readDomain, SERVICE_LABELS, serviceNames } from "./dns/service-names.ts";
export type {
  EffectiveHostSettings,
  HostSettingChange,
  HostSettingLayer,
  HostSettingOrigin,
  HostSettingSource,
} from "./effective-host-settings.ts";
export { changeHostSetting, effectiveHostSettings, HOST_SETTING_SOURCES } from "./effective-host-settings.ts";
export type { CatalogEvent, EventEntry, EventFieldsOf, EventId } from "./event-catalog.ts";
export {
  EVENT,
  EVENT_SOURCE,
  EVENTS,
  eventOf,
  FLAG_NOT_ENOUGH_COUNT,
  infoLine,
  isEventId,
  purposeOf,
} from "./event-catalog.ts";
export { ALL_EVENTS, type EventFilter, idsOfFilter, matchesFilter } from "./events/event-filter.ts";
export { readEventJson, withCmids } from "./events/event-reader.ts";
export type { EventLevel, EventLog, EventRecord, KeptEvent } from "./events/event-record.ts";
export { eventJson, eventRecord, machineNameOf, timeText, titleOf } from "./events/event-record.ts";
export type { EventFields, FieldKind, FieldValues, Purpose } from "./events/event-row.ts";
export { codeText, summaryOf } from "./events/event-summary.ts";
export { fieldText } from "./events/info-line.ts";
export { type CmidUser, type SharedCmid, sharedCmids } from "./events/shared-cmids.ts";
export { packFields, placeOfField, unpackFields } from "./events/stored-fields.ts";
export { journalLine, syslogLine } from "./events/syslog-line.ts";
export { eventsXml, readEventsXml } from "./events/windows-xml.ts";
export type { Conclusion } from "./explain/conclusions.ts";
export type { Exchange } from "./explain/exchange.ts";
export type { ExplainInput, Explanation, TimelineEntry } from "./explain/explain.ts";
export { explainMachine } from "./explain/explain.ts";
export type { HostSettingName, HostSettingRow, HostSettings } from "./host-settings.ts";
export {
  environmentNameOf,
  HOST_SETTING_NAMES,
  HOST_SETTINGS,
  hostSettingText,
  INTERVAL_MINUTES,
  isHostSettingName,
  isStoredHostSetting,
  LOG_LEVELS,
} from "./host-settings.ts";
export type { ApplicationId, Brand, HostId, InstanceId, KeyGroup, ProductId, PublisherId } from "./identifiers.ts";
export { concatBytes, equalBytes, fromHex, fromUuid, isZero, toHex, toUuid } from "./identifiers.ts";
export type {
  ClientFacts,
  CumulativeRequestFacts,
  DnsPublicationFacts,
  HostFacts,
  LicenceFacts,
  LookupFacts,
  ProductFacts,
  StateFacts,
  TriedHostFacts,
} from "./licence-report/licence-facts.ts";
export { dliLines, dlvLines, xprLines } from "./licence-report/licence-report.ts";
export {
  LICENCE_WARNING_IDS,
  type LicenceWarning,
  licenceWarnings,
  type WarnedOf,
} from "./licence-report/licence-warnings.ts";
export { findingLines } from "./licence-report/line-catalogue.ts";
export type { LicenseEffect, LicenseStep } from "./license-effect.ts";
export type {
  DictatedIntervals,
  Grace,
  LeasePeriod,
  LicensePolicy,
  LicenseRecord,
  LicenseState,
  LicenseStatus,
} from "./license-status.ts";
export {
  LICENSE_STATUS,
  LICENSE_STATUS_TEXT,
  licenseStateOf,
  MOST_REARMS,
  minutesToExpiry,
  newLicenseRecord,
  rearmsLeft,
} from "./license-status.ts";
export type { LicenseInput } from "./license-transitions.ts";
export { reduceLicense } from "./license-transitions.ts";
export type { LineageRow, LineageVerdict, ProvenLineage } from "./lineage.ts";
export { judgeLineage } from "./lineage.ts";
export type { ComponentKind, PackedComponents } from "./machine-fingerprint.ts";
export {
  COMPONENT_BYTES,
  COMPONENT_KIND,
  componentOf,
  fingerprintOf,
  isSameHardware,
  packComponents,
  scoreComponents,
} from "./machine-fingerprint.ts";
export { asciiBytes, pae } from "./pae.ts";
export { printableText } from "./printable-text.ts";
export type { Application, Channel, Product, ProductClass } from "./product.ts";
export { coveredKeyGroups, isAtLeastVersion } from "./product.ts";
export type { KeySuggestion, ParsedProductKey, ProductKey, ProductKeyKind } from "./product-key.ts";
export {
  formatProductKey,
  keySymbols,
  parseProductKey,
  partialKey,
  productIdOfKid,
  productKeyHeader,
  publisherMask,
  publishersOfKey,
  secretKeyTag,
  setupKeyTag,
  setupKid,
} from "./product-key.ts";
export type { Refusal, RefusalArguments, RefusalEntry, RefusalParams, RefusalReason } from "./refusal.ts";
export { fillSentence, hresultText, REFUSALS, RefusalError, refusalReasonOf, refuse, remedyOf } from "./refusal.ts";
export type { ClientAction, ExitCode, Fate, RefusalRow, RpcCode } from "./refusals/refusal-row.ts";
export { refuseTypedKey } from "./refuse-typed-key.ts";
export type { Fraction, NextAttempt, TargetAnswer, Wait } from "./renewal-schedule.ts";
export { clampIntervalS, nextAttempt, sameBytesDelayMs, targetDelayMs } from "./renewal-schedule.ts";
export { SOFTWARE_VERSION } from "./software-version.ts";
export { type TokenBuckets, tokenBuckets } from "./token-buckets.ts";
export type {
  ClockConfirmation,
  ClockReading,
  LicenseNow,
  Moment,
  SeriesStart,
  TrustedClock,
} from "./trusted-clock.ts";
export {
  confirmClock,
  effectiveNowMs,
  elapsedMs,
  licenseNow,
  observeClock,
  openTrustedClock,
  raiseFloor,
  startSeries,
} from "./trusted-clock.ts";
