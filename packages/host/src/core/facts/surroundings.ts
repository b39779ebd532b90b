import type { HostFacts } from "@countersign/doctor";

/** What a host's process knows of the machine around it, which the core cannot see. */
export type Surroundings = Pick<
  HostFacts,
  "isRunning" | "machine" | "disk" | "openKeyFiles" | "configuration" | "listening"
>;

/** Around a core that nobody told anything: of a test, of a simulation. */
export const UNKNOWN_SURROUNDINGS: Surroundings = { isRunning: false, openKeyFiles: [] };
