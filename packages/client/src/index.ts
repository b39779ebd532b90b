export type { ActivationResult, AttemptTrigger, TriedHost } from "./attempt.ts";
export type { ClientEvent, EventSink } from "./client-event.ts";
export type { ClientClock } from "./clock.ts";
export type { ChosenHost, HostChoice } from "./find-host.ts";
export { DEFAULT_HOST_PORT, formatHostTarget, type ParsedHostAddress, parseHostAddress } from "./host-address.ts";
export type { LicenseReport } from "./license-report.ts";
export { type KeyResult, type LicensingClient, type OpenedClient, openLicensingClient } from "./licensing-client.ts";
export type { LicensingPorts, LicensingSettings } from "./licensing-ports.ts";
export type { MachineComponent, MachineIdentity, MachineReading } from "./machine-identity.ts";
export { type MemoryTrustedStore, memoryTrustedStore } from "./memory-store.ts";
export type { RearmResult } from "./rearm-machine.ts";
export {
  type ActivationMethod,
  type HostTarget,
  MAX_ANSWER_BYTES,
  type Transport,
  type TransportFailure,
  type TransportReply,
} from "./transport.ts";
export type { LoadedStore, SaveOutcome, StoreMarker, StoreProblem, StoreWrite, TrustedStore } from "./trusted-store.ts";
