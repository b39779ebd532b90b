/** Every limit of protocol.md §5.6 and §5.7 as configuration. */
export interface HostLimits {
  readonly maxBatch: number;
  readonly maxQueued: number;
  readonly queueDeadlineMs: number;
  readonly sourceBurst: number;
  readonly sourcePerSecond: number;
  readonly machinePerHour: number;
  readonly newMachinesBurst: number;
  readonly newMachinesPerHour: number;
  readonly maxBuckets: number;
  /** Loopback, private ranges and Unix peers are not limited per source. */
  readonly exemptOwnNetworks: boolean;
  readonly refusedEventsPerHour: number;
  readonly maxConnectionsPerSource: number;
  readonly headerTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** The defaults of protocol.md §5.6. */
export const DEFAULT_LIMITS: HostLimits = {
  maxBatch: 256,
  maxQueued: 2048,
  queueDeadlineMs: 5000,
  sourceBurst: 20,
  sourcePerSecond: 2,
  machinePerHour: 6,
  newMachinesBurst: 200,
  newMachinesPerHour: 60,
  maxBuckets: 100_000,
  exemptOwnNetworks: true,
  refusedEventsPerHour: 60,
  maxConnectionsPerSource: 64,
  headerTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
};
