import { toHex } from "@countersign/domain";
import type { ContactMove, HeardMachine, MachineBound, MachinePurge, MachineRow } from "../host-store.ts";
import { type Contents, knownRows, nameOf, rowsOf } from "./host-contents.ts";

/** Contacts that move with guarded time. */
export function moveContacts(committed: Contents, written: Contents, { fromMs, byMs, latestMs }: ContactMove): void {
  const moved = (ms: number) => Math.min(ms + byMs, latestMs);
  for (const row of [...rowsOf(committed.machines, written.machines)]) {
    if (row.lastSeenMs < fromMs) continue;
    written.machines.set(nameOf(row), { ...row, lastSeenMs: moved(row.lastSeenMs) });
  }
  for (const row of [...rowsOf(committed.heard, written.heard)]) {
    if (row.timeMs >= fromMs) written.heard.set(nameOf(row), { ...row, timeMs: moved(row.timeMs) });
  }
}

/** One stretch of the machines. */
export function purgeMachines(committed: Contents, written: Contents, bound: MachineBound): MachinePurge {
  const { countedSinceMs, knownSinceMs, addressSinceMs, limit } = bound;
  const machines = new Map([...rowsOf(committed.machines, written.machines)].map((row) => [nameOf(row), row]));
  const heard = new Map([...rowsOf(committed.heard, written.heard)].map((row) => [nameOf(row), row]));
  const stretch = knownRows({ machines, heard }, { after: bound.after, limit });
  let [uncounted, forgotten] = [0, 0];
  for (const key of stretch) {
    const name = nameOf(key);
    const row = machines.get(name);
    if (row !== undefined && row.lastSeenMs < countedSinceMs) {
      uncounted++;
      written.machines.set(name, undefined);
      heard.set(name, heardOf(row));
      written.heard.set(name, heardOf(row));
    } else if (row !== undefined && row.lastSeenMs < addressSinceMs) {
      written.machines.set(name, { ...row, address: "" });
    }
    const known = heard.get(name);
    if (known !== undefined && known.timeMs < knownSinceMs) {
      forgotten++;
      written.heard.set(name, undefined);
    } else if (known !== undefined && known.timeMs < addressSinceMs) {
      written.heard.set(name, { ...known, address: "" });
    }
  }
  const last = stretch.at(-1)?.cmid;
  const isLast =
    last === undefined || [...machines.values(), ...heard.values()].every((row) => toHex(row.cmid) <= toHex(last));
  return { uncounted, forgotten, after: isLast ? undefined : last };
}

function heardOf({ seat, cmid, productId, clientName, address, lastSeenMs, lastEventId }: MachineRow): HeardMachine {
  return { seat, cmid, productId, clientName, address, timeMs: lastSeenMs, eventRowId: lastEventId };
}
