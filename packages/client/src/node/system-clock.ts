import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import type { ClientClock } from "../clock.ts";

/** The clocks of this machine. */
export function systemClock(): ClientClock {
  return {
    wallMs: () => Date.now(),
    // Since boot on the systems we run on, unlike performance.now, so that it means the same in the next process.
    monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
    bootId: readBootId(),
  };
}

function readBootId(): string {
  try {
    if (process.platform === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    if (process.platform === "darwin") {
      return execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }).trim();
    }
  } catch {
    // Without the system's own id the time of boot stands for it.
  }
  return bootMinute();
}

/** The minute of boot. A wall clock that is set looks like a new boot: the careful side, run time then starts anew. */
function bootMinute(): string {
  return `boot-${Math.round((Date.now() - uptime() * 1000) / 60_000)}`;
}
