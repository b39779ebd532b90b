import {
  dlvLines,
  LICENSE_STATUS,
  LICENSE_STATUS_TEXT,
  type LicenceFacts,
  type LicenseStatus,
  type RefusalReason,
  xprLines,
} from "@countersign/domain";
import type { ReferencePage } from "./reference-docs.ts";

/** What a person asks of a licence state. */
interface StateWords {
  readonly meaning: string;
  readonly entered: readonly string[];
  readonly left: readonly string[];
  readonly remedy: string;
}

/** What of protocol.md §9 a person wants to know of each state, and what to do. */
const STATES: Readonly<Record<LicenseStatus, StateWords>> = {
  0: {
    meaning: "The product has no key, or no signed policy names it. The machine asks no host.",
    entered: [
      "no setup key is installed, or it was removed (`/upk`)",
      "no trust file of the publisher names the product: [PRODUCT_NOT_COVERED](../refusals/product-not-covered.md)",
      "the licence store was changed by something else: [LICENSE_STORE_TAMPERED](../refusals/license-store-tampered.md)",
    ],
    left: ["a setup key is installed: initial grace"],
    remedy: "Install the setup key (`slmgr /ipk KEY`), or give the machine the publisher's newest trust file.",
  },
  1: {
    meaning:
      "A verified lease is in force. The machine renews it every 7 days; while no host answers it asks every 2 hours, and the licence runs on until 180 days after the last renewal.",
    entered: ["a host granted a lease, and every signature on it was verified"],
    left: [
      "not renewed for 180 days: additional grace",
      "the machine is another one, or its hardware is out of tolerance: additional grace (rebind)",
      "the vendor revoked the host activation before the lease was received: non-genuine grace",
      "a clock that went back was not confirmed by a host within 7 days of run time: notification, CLOCK_SUSPECT",
      "`/rearm`: initial grace; `/upk`: unlicensed",
    ],
    remedy:
      "Nothing. `countersign client status` warns when a renewal is overdue, and in the last 30 days: see [what happens when a host is off](../../explanation/outage-of-a-host.md).",
  },
  2: {
    meaning: "Newly installed or rearmed, and not activated yet. The machine asks a host every 2 hours.",
    entered: [
      "the first setup key was installed",
      "`/rearm`, three times at most",
      "the first start of a machine that was made from a [generalized image](../../how-to/prepare-an-image.md)",
    ],
    left: ["a host grants a lease: licensed", "30 days are over: notification, GRACE_EXPIRED"],
    remedy:
      "Nothing while machines are being installed: the count may be too low yet ([COUNT_TOO_LOW](../refusals/count-too-low.md)). Otherwise `slmgr /ato` asks now and says why not.",
  },
  3: {
    meaning:
      "It was licensed, and something must be made good: renewed (grace `renewal`, 30 days) or bound to this machine anew (grace `rebind`, 7 days, MACHINE_CHANGED).",
    entered: [
      "the lease was not renewed for 180 days",
      "the store was copied or moved to another machine, which drew a CMID of its own at once",
      "the hardware is out of tolerance: less than a quarter of what identified the machine is left",
    ],
    left: ["a host grants a lease: licensed, under the new CMID if one was drawn", "the grace is over: notification"],
    remedy:
      "See that the machine reaches a host; `slmgr /ato` asks now. Nobody has to be called after a change of hardware.",
  },
  4: {
    meaning:
      "The vendor revoked the activation of the host that granted the lease, with effect from before the machine received it. 7 days are left to find another host.",
    entered: ["a verified revocation list names the host activation: [LEASE_REVOKED](../refusals/lease-revoked.md)"],
    left: [
      "a host whose activation is in force grants a lease: licensed",
      "7 days are over: notification, LEASE_REVOKED",
    ],
    remedy:
      "Point the machine at another host (`slmgr /skms NAME`), then `slmgr /ato`. Ask the vendor why the activation was revoked.",
  },
  5: {
    meaning:
      "A grace is over. What that means is the application's to decide: Countersign disables nothing. The machine goes on asking every 2 hours.",
    entered: [
      "any grace ended without a lease",
      "the licence store was lost, though an earlier one is known of: no second initial grace",
      "a clock that went back stayed unconfirmed for 7 days of run time: [CLOCK_SUSPECT](../refusals/clock-suspect.md)",
    ],
    left: ["one verified lease: licensed", "`/rearm`, where one is left: initial grace"],
    remedy: "Make a host reachable and run `slmgr /ato`; the reason and the hosts that were tried are in `/dlv`.",
  },
};

const EXAMPLES: Readonly<Record<LicenseStatus, Partial<LicenceFacts["state"]>>> = {
  0: { reason: "KEY_NOT_INSTALLED", remainingMinutes: undefined, endsMs: undefined },
  1: { remainingMinutes: 249_120 },
  2: { remainingMinutes: 43_200 },
  3: { remainingMinutes: 43_200 },
  4: { remainingMinutes: 10_080, reason: "LEASE_REVOKED" },
  5: { reason: "GRACE_EXPIRED", remainingMinutes: undefined, endsMs: undefined },
};

const NOTICE =
  "<!-- Made by `npm run generate` from tools/state-pages.ts and the tables of domain; change it there. -->";
const STATUSES = Object.values(LICENSE_STATUS);
const NOW_MS = Date.UTC(2026, 10, 24, 9);

/** A page for each licence state, and their index. */
export function statePages(): readonly ReferencePage[] {
  return [
    { path: "reference/states/README.md", text: index() },
    ...STATUSES.map((status) => ({ path: `reference/states/${status}.md`, text: statePage(status) })),
  ];
}

function statePage(status: LicenseStatus): string {
  const { meaning, entered, left, remedy } = STATES[status];
  const facts = example(status);
  return page([
    NOTICE,
    `# ${status}: ${nameOf(status)}`,
    meaning,
    "## How it is entered",
    list(entered),
    "## How it is left",
    list(left),
    "## What to do",
    remedy,
    "## What `slmgr` prints",
    "Of `/dlv`:",
    code(stateLines(facts)),
    "`/xpr`:",
    code(xprLines([facts])),
    status === LICENSE_STATUS.notification ? reasons() : "",
    "[All states](README.md)",
  ]);
}

function reasons(): string {
  const told: readonly RefusalReason[] = ["GRACE_EXPIRED", "LEASE_REVOKED", "CLOCK_SUSPECT"];
  const line = (reason: RefusalReason) => stateLines(example(LICENSE_STATUS.notification, reason))[1] ?? "";
  return [`The reason is one of:`, "", code(told.map(line))].join("\n");
}

/** The lines that depend on the state: its name, and until when or why. */
function stateLines(facts: LicenceFacts): readonly string[] {
  const labels = /^(License Status|Volume activation expiration|Time remaining|Notification Reason|This license)/;
  return dlvLines("", [facts]).filter((line) => labels.test(line));
}

function index(): string {
  const rows = STATUSES.map((status) => {
    const [first = ""] = STATES[status].meaning.split(/(?<=\.) /);
    return `| [${status}](${status}.md) | ${LICENSE_STATUS_TEXT[status]} | ${first} |`;
  });
  return page([
    NOTICE,
    "# Licence states",
    "The numbers and words are those administrators of KMS know. 6, extended grace, is reserved and never entered. The state " +
      "is computed from what was verified and from the clocks at each look, so what a wrong clock caused goes when the clock " +
      "is set right. Each change is event [1003](../events/1003.md); a grace begins with [1025](../events/1025.md), a licence " +
      "with [1036](../events/1036.md).",
    ["| Status | `/dlv` says | Meaning |", "| --- | --- | --- |", ...rows].join("\n"),
  ]);
}

function example(status: LicenseStatus, reason = EXAMPLES[status].reason): LicenceFacts {
  const { remainingMinutes } = EXAMPLES[status];
  const endsMs = remainingMinutes === undefined ? undefined : NOW_MS + remainingMinutes * 60_000;
  const partialKey = status === LICENSE_STATUS.unlicensed ? "" : "7K2QX";
  return {
    product: { name: "Editor", channel: "setup key", keyGroup: 1, activationId: "", applicationId: "", partialKey },
    state: { status, reason, remainingMinutes, endsMs, rearmsLeft: 3, trustedTimeMs: NOW_MS, testSite: false },
  };
}

/** Without what `/dlv` adds in brackets, and without its dot. */
function nameOf(status: LicenseStatus): string {
  return LICENSE_STATUS_TEXT[status].replace(/ \(.*\)|\.$/g, "");
}

const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join("\n");
const code = (lines: readonly string[]) => ["```text", ...lines, "```"].join("\n");
const page = (blocks: readonly string[]) => `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
