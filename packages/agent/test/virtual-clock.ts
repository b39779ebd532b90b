import type { ClientClock } from "@countersign/client";

/** The clocks of an agent's machine, moved by a test. */
export interface VirtualClock extends ClientClock {
  pass(ms: number): void;
}

/** Begins now: certificates and leases of a test's site are of today. */
export function virtualClock(): VirtualClock {
  let passedMs = 0;
  const startMs = Date.now();
  return {
    bootId: "boot-1",
    wallMs: () => startMs + passedMs,
    monotonicMs: () => 5_000 + passedMs,
    pass: (ms) => {
      passedMs += ms;
    },
  };
}
