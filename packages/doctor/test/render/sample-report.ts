// A report with everything that a rendering must show, as a value: it does not change with the words of checks.
import type { DoctorReport } from "../../src/report/report.ts";

const GOOD = { outcome: "good", why: "", findings: [] } as const;

/** A machine whose host is down, whose licence warns, and whose names were chosen by somebody who means ill. */
export const BROKEN: DoctorReport = {
  format: 1,
  standpoint: "client",
  machine: "pc-1.corp.example",
  gatheredMs: Date.UTC(2026, 10, 25, 9),
  softwareVersion: "0.1.0",
  sentence:
    "Most likely nothing listens at kms1.corp.example:1688 (connection refused): mend it with `countersign host serve`, and then see to one other thing.",
  causes: [
    {
      id: "HOST_DOWN",
      check: "CS-RCH-002",
      gravity: "error",
      subject: "kms1.corp.example:1688",
      cause: "nothing listens at kms1.corp.example:1688",
      effect: "machines that ask it get no licence",
      remedy: "countersign host serve",
      advice: "start the host on its machine",
      evidence: ["kms1.corp.example:1688 (192.0.2.10): the connection is refused", "no other host is known"],
      explains: ["CACHED_HOST_GONE", "ATTEMPT_FAILED"],
      reasons: [
        "error, and nothing else that was found accounts for it",
        "it accounts for CACHED_HOST_GONE (CS-DSC-002): both are about kms1.corp.example",
        "before EXPIRES_SOON: it is graver, with what it brings about",
      ],
    },
    {
      id: "EXPIRES_SOON",
      check: "CS-LIC-002",
      gravity: "warning",
      subject: "pc-1.corp.example <script>alert(1)</script>",
      cause: 'the licence of <script>alert(1)</script> & "Co" ends in 12 days | soon',
      effect: "the product goes into notification",
      remedy: "",
      advice: "mend what keeps it from being renewed",
      evidence: [],
      explains: [],
      reasons: ["warning, and nothing else that was found accounts for it"],
    },
    {
      id: "CLOCK_NOT_SYNCHRONISED",
      check: "CS-CLK-004",
      gravity: "notice",
      subject: "pc-1.corp.example",
      cause: "nothing keeps the clock of pc-1.corp.example in step",
      effect: "it drifts",
      remedy: "timedatectl set-ntp true",
      advice: "let it follow the site's time server",
      evidence: ["its system says so"],
      explains: [],
      reasons: ["notice, and nothing else that was found accounts for it"],
    },
  ],
  findings: [
    {
      id: "HOST_DOWN",
      check: "CS-RCH-002",
      gravity: "error",
      subject: "kms1.corp.example:1688",
      cause: "nothing listens at kms1.corp.example:1688",
      evidence: ["kms1.corp.example:1688 (192.0.2.10): the connection is refused", "no other host is known"],
    },
    {
      id: "EXPIRES_SOON",
      check: "CS-LIC-002",
      gravity: "warning",
      subject: "pc-1.corp.example <script>alert(1)</script>",
      cause: 'the licence of <script>alert(1)</script> & "Co" ends in 12 days | soon',
      evidence: [],
    },
    {
      id: "CLOCK_NOT_SYNCHRONISED",
      check: "CS-CLK-004",
      gravity: "notice",
      subject: "pc-1.corp.example",
      cause: "nothing keeps the clock of pc-1.corp.example in step",
      evidence: ["its system says so"],
    },
  ],
  checks: [
    { id: "CS-ENV-002", category: "ENV", good: "the host's service runs", ...skipped("no host was seen from within") },
    { id: "CS-ENV-003", category: "ENV", good: "the machine's agent runs", ...GOOD },
    { id: "CS-ENV-007", category: "ENV", good: "the host is new enough", ...skipped("no host was seen from within") },
    {
      ...{ id: "CS-CLK-004", category: "CLK", good: "something keeps the machine's clock in step" },
      ...{ outcome: "found", why: "", findings: ["CLOCK_NOT_SYNCHRONISED"] },
    },
    {
      ...{ id: "CS-DNS-003", category: "DNS", good: "each domain that is asked has SRV records of hosts" },
      ...{ outcome: "unknown", why: "could not look at the network: --offline", findings: [] },
    },
    { id: "CS-KEY-001", category: "KEY", good: "each product has its setup key", ...GOOD },
    {
      ...{ id: "CS-RCH-002", category: "RCH", good: "the hosts that are asked take connections" },
      ...{ outcome: "found", why: "", findings: ["HOST_DOWN"] },
    },
    {
      ...{ id: "CS-LIC-002", category: "LIC", good: "each licence lasts for 30 days or more" },
      ...{ outcome: "found", why: "", findings: ["EXPIRES_SOON"] },
    },
  ],
  summary: { good: 2, found: 3, skipped: 2, unknown: 1 },
};

/** The same machine when all is well. */
export const WELL: DoctorReport = {
  ...BROKEN,
  sentence: "Nothing is wrong.",
  ...{ causes: [], findings: [] },
  checks: [
    { id: "CS-ENV-003", category: "ENV", good: "the machine's agent runs", ...GOOD },
    { id: "CS-RCH-002", category: "RCH", good: "the hosts that are asked take connections", ...GOOD },
  ],
  summary: { good: 2, found: 0, skipped: 0, unknown: 0 },
};

function skipped(why: string) {
  return { outcome: "skipped", why, findings: [] } as const;
}
