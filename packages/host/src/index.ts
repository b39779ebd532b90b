export { createHost, type Host } from "./core/host.ts";
export type { HostClocks, HostLog, HostParts, PublisherClient } from "./core/host-parts.ts";
export { DEFAULT_LIMITS, type HostLimits } from "./core/limits.ts";
