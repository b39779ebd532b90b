import type { ActivationResult } from "@countersign/client";
import { hresultText, LICENSE_STATUS, REFUSALS, type RefusalReason } from "@countersign/domain";
import { openClient } from "../client-settings.ts";
import type { Terminal } from "../terminal.ts";
import type { DemoMachine, DemoPlan } from "./site.ts";

/** What the fleet was told. */
export interface FleetOutcome {
  readonly licensed: number;
  /** Answers that said the count is too low. */
  readonly countTooLow: number;
  /** Refusals other than that. */
  readonly refused: readonly { readonly reason: RefusalReason; readonly code: string; readonly times: number }[];
  readonly requests: number;
}

const AT_ONCE = 8;

interface Tally {
  readonly licensed: Set<string>;
  readonly refused: Map<RefusalReason, number>;
  countTooLow: number;
  requests: number;
}

/** The first machines ask one at a time until one is licensed, the others at once; who was refused asks again. */
export async function activateFleet(
  machines: readonly DemoMachine[],
  plan: DemoPlan,
  terminal: Terminal,
): Promise<FleetOutcome> {
  const tally: Tally = { licensed: new Set(), refused: new Map(), countTooLow: 0, requests: 0 };
  const show = () => terminal.progress(`${bar(tally.licensed.size, machines.length)} ${progressText(tally, machines)}`);
  for (const product of ["server", "workstation", "newer"] as const) {
    const fleet = machines.filter((machine) => machine.product === product);
    const waiting = await askUntilLicensed(fleet, { tally, terminal, show });
    await askTogether(waiting, tally, show);
  }
  const again = machines.filter(({ name, product }) => !tally.licensed.has(name) && product !== "newer");
  if (again.length > 0) {
    const who = again.length === 1 ? "1 machine was" : `${again.length} machines were`;
    terminal.note(`${who} told that the count is too low and would ask again in 2 hours;`);
    terminal.note("now each asks at once, as an administrator's /ato does (no interval is shortened)");
    await askTogether(again, tally, show);
  }
  terminal.progress(undefined);
  const { licensed, countTooLow, requests } = tally;
  const refused = [...tally.refused].map(([reason, times]) => ({ reason, code: codeOf(reason), times }));
  for (const { reason, code } of refused) terminal.note(`refused: ${code} ${reason}${newerText(reason, plan)}`);
  return { licensed: licensed.size, countTooLow, refused, requests };
}

/** One after the other, as long as nobody is licensed; answers those who have not asked. */
async function askUntilLicensed(
  fleet: readonly DemoMachine[],
  { tally, terminal, show }: { readonly tally: Tally; readonly terminal: Terminal; readonly show: () => void },
): Promise<readonly DemoMachine[]> {
  for (const [index, machine] of fleet.entries()) {
    const result = await ask(machine, tally);
    show();
    if (!result.ok) continue;
    terminal.note(
      `${machine.name} is the first ${machine.product} licensed: count ${result.count}, ${result.requiredCount} required`,
    );
    return fleet.slice(index + 1);
  }
  return [];
}

/** A few at a time: each has its own store on this one disk. */
async function askTogether(fleet: readonly DemoMachine[], tally: Tally, show: () => void): Promise<void> {
  const queue = [...fleet];
  const worker = async () => {
    for (let machine = queue.shift(); machine !== undefined; machine = queue.shift()) {
      await ask(machine, tally);
      show();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function ask(machine: DemoMachine, tally: Tally): Promise<ActivationResult> {
  const { license } = await openClient(machine.directory);
  try {
    const result = await license.activate();
    tally.requests += 1;
    if (license.status.status === LICENSE_STATUS.licensed) tally.licensed.add(machine.name);
    if (result.ok) return result;
    if (result.refusal.reason === "COUNT_TOO_LOW") tally.countTooLow += 1;
    else tally.refused.set(result.refusal.reason, (tally.refused.get(result.refusal.reason) ?? 0) + 1);
    return result;
  } finally {
    await license.close();
  }
}

function codeOf(reason: RefusalReason): string {
  return hresultText(REFUSALS[reason].code);
}

function newerText(reason: RefusalReason, { newerProduct }: DemoPlan): string {
  return newerProduct && reason === "GROUP_NOT_AUTHORIZED" ? ", the product is newer than the host key" : "";
}

function progressText(tally: Tally, machines: readonly DemoMachine[]): string {
  return `${tally.licensed.size}/${machines.length} licensed, ${tally.countTooLow} times "count too low"`;
}

function bar(done: number, whole: number): string {
  const width = 24;
  const full = whole === 0 ? 0 : Math.round((width * done) / whole);
  return `[${"#".repeat(full)}${".".repeat(width - full)}]`;
}
