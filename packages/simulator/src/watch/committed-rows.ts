import type { HostStore, HostUnit, MachineRow } from "@countersign/storage";

/** One machine's row before and after a unit that was committed. */
export interface RowChange {
  readonly before: MachineRow | undefined;
  readonly after: MachineRow;
}

/** The store, telling what it committed, in the order of the writes. */
export function watchedStore(store: HostStore, committed: (changes: readonly RowChange[]) => void): HostStore {
  return {
    ...store,
    transact: async (work) => {
      const changes: RowChange[] = [];
      const result = await store.transact((unit) => work(noting(unit, changes)));
      committed(changes);
      return result;
    },
  };
}

function noting(unit: HostUnit, changes: RowChange[]): HostUnit {
  return {
    ...unit,
    saveMachines: async (rows) => {
      const before = await unit.loadMachines(rows);
      await unit.saveMachines(rows);
      for (const [i, after] of rows.entries()) changes.push({ before: before[i], after });
    },
  };
}
