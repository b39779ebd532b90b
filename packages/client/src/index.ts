export { type LineSplitter, lineSplitter } from "./agent/line-splitter.ts";
export {
  AGENT_PROTOCOL_VERSION,
  type AgentError,
  agentErrorOf,
  type LeaseMessage,
  MAX_LINE_BYTES,
  MAX_REQUEST_ID,
  type StatusMessage,
} from "./agent/wire.ts";
export type { ActivationResult, AttemptTrigger } from "./attempt.ts";
export { type ClientEvent, clientEvent, type EventOf, type EventSink, isEvent } from "./client-event.ts";
export type { ClientClock } from "./clock.ts";
export type { ChosenHost } from "./find-host.ts";
export { DEFAULT_HOST_PORT, formatHostTarget, type ParsedHostAddress, parseHostAddress } from "./host-address.ts";
export type { HostLookup } from "./host-lookup.ts";
export type { AddressQuestion, DnsAnswer, DomainOrigin, HostResolver, MachineDomain } from "./host-resolver.ts";
export type { LeaseProof } from "./lease-proof.ts";
export type { LicenseReport } from "./license-report.ts";
export {
  type KnownProduct,
  type Licensing,
  type OpenedClient,
  type OpenedLicensing,
  openLicensing,
  openLicensingClient,
  openOneProduct,
} from "./licensing.ts";
export type { KeyResult, LicensingClient } from "./licensing-client.ts";
export type { LicensingPorts, LicensingSettings, PublisherOptions } from "./licensing-ports.ts";
export type { MachineComponent, MachineIdentity, MachineReading } from "./machine-identity.ts";
export { emptyZones, type MemoryZones, memoryResolver } from "./memory-resolver.ts";
export { type MemoryTrustedStore, memoryTrustedStore } from "./memory-store.ts";
export type { RearmResult, RearmScope } from "./rearm.ts";
export { type ChangedSettings, changeSetting, type SettingChange } from "./settings/change-setting.ts";
export {
  type ClientNames,
  type ClientSettings,
  DEFAULT_SETTINGS,
  type SettingName,
  type SettingSource,
} from "./settings/client-settings.ts";
export {
  type EffectiveSettings,
  effectiveSettings,
  type PlacedFile,
  type SettingLayers,
  type SettingOrigin,
} from "./settings/effective-settings.ts";
export { readSetting, SETTING_NAMES, writeSetting } from "./settings/setting-values.ts";
export {
  EMPTY_SETTINGS_FILE,
  type ReadSettings,
  readSettingsFile,
  type SettingsFile,
  writeSettingsFile,
} from "./settings/settings-file.ts";
export {
  type ActivationMethod,
  type CallLimits,
  type HostTarget,
  MAX_ANSWER_BYTES,
  type Transport,
  type TransportFailure,
  type TransportReply,
} from "./transport.ts";
export type { HostChoice, LastAttempt, TriedHost } from "./tried-host.ts";
export type { LoadedStore, SaveOutcome, StoreMarker, StoreProblem, StoreWrite, TrustedStore } from "./trusted-store.ts";
