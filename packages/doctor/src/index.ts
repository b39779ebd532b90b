export { ALL_CHECKS } from "./checks/catalogue.ts";
export type { Category, CheckId, Gravity as FindingGravity } from "./checks/check.ts";
export { type CheckResult, examine, type Finding } from "./diagnosis/examine.ts";
export type { ClientFacts } from "./facts/client-facts.ts";
export { type ClockFacts, FACTS_FORMAT, type Facts, type Gap, type Standpoint } from "./facts/facts.ts";
export {
  type CountFacts,
  type HostFacts,
  hostFacts,
  type KnownMachineFacts,
  type PublicationFacts,
  type SeatFacts,
} from "./facts/host-facts.ts";
export type { HostPlaceFacts } from "./facts/host-place-facts.ts";
export type { DiskFacts, MachineFacts, ProblemFacts } from "./facts/machine-facts.ts";
export { type ReadFacts, readFacts } from "./facts/read-facts.ts";
export type {
  CertifiedHost,
  DnsReason,
  DomainFacts,
  EndpointAnswer,
  EndpointFacts,
  FinderFacts,
  HostUse,
  KnownApplication,
  KnownPublisher,
  NameAnswer,
  NameFacts,
  OwnHost,
  RequiredCount,
  ServiceKind,
  TargetFacts,
} from "./finder/facts.ts";
export { hostUses } from "./finder/host-uses.ts";
export { judgeHosts } from "./finder/judge-hosts.ts";
export type {
  FinderReport,
  FoundAddress,
  FoundDomain,
  FoundHost,
  FoundMicrosoftHost,
  HostMachine,
  LeadingRecord,
  RecordDeletion,
  SplitCount,
  UsedHost,
} from "./finder/report.ts";
export { finderLines, finderSummary } from "./finder/report-lines.ts";
export { type Gravity, VERDICT_NAMES, VERDICTS, type Verdict, type VerdictRow } from "./finder/verdicts.ts";
export { type CountForecast, type ForecastTerms, forecastCount, renewalDaysOf } from "./forecast/forecast-count.ts";
export { forecastOutage, type OutageForecast, outageOfCount } from "./forecast/forecast-outage.ts";
export { htmlPage } from "./render/html-page.ts";
export { type NagiosLine, nagiosLine } from "./render/nagios-line.ts";
export { type ReportLine, reportText, type TextOptions } from "./render/report-text.ts";
export { shortText } from "./render/short-text.ts";
export {
  type Cause,
  type CheckLine,
  type DoctorReport,
  doctorReport,
  type Examination,
  isWrong,
  PRE,
  READY,
  REPORT_FORMAT,
  WHOLE,
} from "./report/report.ts";
export { doctorReportJsonSchema, doctorReportSchema } from "./report/report-schema.ts";
