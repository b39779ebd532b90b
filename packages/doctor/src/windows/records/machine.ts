import type { Cited } from "./cite.ts";

/** One value of the licensing registry keys, from `reg query` or a `.reg` file. Keys of products are cut to their last five symbols. */
export interface RegistryRecord extends Cited {
  readonly kind: "registry";
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly value: string | number | readonly string[];
}

/** A service, from `sc query`, `sc qc` or Get-Service. */
export interface ServiceRecord extends Cited {
  readonly kind: "service";
  readonly name: string;
  readonly state?: "running" | "stopped" | "starting" | "stopping" | "paused";
  readonly startType?: "automatic" | "manual" | "disabled";
}

/** What w32tm says of the clock. */
export interface TimeRecord extends Cited {
  readonly kind: "time";
  readonly source?: string;
  readonly stratum?: number;
  /** How far the other clock is ahead of this one; negative = behind. */
  readonly offsetMs?: number;
  readonly lastSyncText?: string;
  readonly isUnsynchronised?: boolean;
}

/** What setupact.log says of generalize. */
export interface GeneralizeRecord extends Cited {
  readonly kind: "generalize";
  readonly outcome: "done" | "skipped" | "failed";
  readonly text: string;
  readonly timeText?: string;
}
