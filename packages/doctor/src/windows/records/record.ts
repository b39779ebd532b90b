import type { EventLogRecord, EventRecord } from "./event.ts";
import type { AttemptRecord, ExpiryRecord, LabelRecord, LicenceRecord, LicensingServiceRecord } from "./licence.ts";
import type { GeneralizeRecord, RegistryRecord, ServiceRecord, TimeRecord } from "./machine.ts";
import type {
  DnsAnswerRecord,
  FirewallRuleRecord,
  ListenerRecord,
  NetworkRecord,
  PortProbeRecord,
  ZoneRecord,
} from "./network.ts";

/** Everything that a reader can read out of what a Windows machine exported. */
export type WindowsRecord =
  | LicenceRecord
  | LicensingServiceRecord
  | ExpiryRecord
  | AttemptRecord
  | LabelRecord
  | EventRecord
  | EventLogRecord
  | DnsAnswerRecord
  | ZoneRecord
  | PortProbeRecord
  | ListenerRecord
  | NetworkRecord
  | FirewallRuleRecord
  | RegistryRecord
  | ServiceRecord
  | TimeRecord
  | GeneralizeRecord;
