import type { MachineReading } from "./machine-identity.ts";
import type { PublisherSession } from "./publisher-session.ts";

/** Of running: a machine that was moved while it slept is noticed within that time, not at its next renewal. */
const READ_EVERY_MS = 3_600_000;

/** True when the machine was not looked at for an hour of running. */
export function isReadingDue({ ports, machineReadMs }: PublisherSession): boolean {
  return ports.clock.monotonicMs() - machineReadMs >= READ_EVERY_MS;
}

/**
 * Reads the machine again. True: it reads otherwise than when it was judged last, so judge it (protocol.md §7.3, §9); an
 * unchanged one costs the reading alone.
 */
export async function readsOtherwise(session: PublisherSession): Promise<boolean> {
  session.machineReadMs = session.ports.clock.monotonicMs();
  const before = session.machine;
  session.machine = await session.ports.machine.read();
  return keyOf(before) !== keyOf(session.machine);
}

/** What a judgement depends on. */
function keyOf({ components, vmGenerationId }: MachineReading): string {
  const sorted = components.map(({ kind, value }) => JSON.stringify([kind, value])).sort();
  return [vmGenerationId, ...sorted].join();
}
