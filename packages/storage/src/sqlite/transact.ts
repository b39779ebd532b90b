import { inTurn } from "../in-turn.ts";
import type { OpenDatabase } from "./open-database.ts";
import { storeFaultOf } from "./sqlite-fault.ts";

/** Units of one file, one after the other, and its end after the last of them. */
export interface Transactions<Unit> {
  transact<T>(work: (unit: Unit) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A unit is committed whole or rolled back whole; a commit that fails is rolled back, and the next unit may succeed. */
export function transactionsOf<Unit>({ writer, path, close }: OpenDatabase, unit: Unit): Transactions<Unit> {
  const turn = inTurn();
  const [begin, commit, rollback] = [
    writer.prepare("BEGIN IMMEDIATE"),
    writer.prepare("COMMIT"),
    writer.prepare("ROLLBACK"),
  ];
  return {
    transact: (work) =>
      turn(async () => {
        try {
          begin.run();
          const result = await work(unit);
          commit.run();
          return result;
        } catch (error) {
          if (writer.isOpen && writer.isTransaction) rollback.run();
          throw storeFaultOf(error, path);
        }
      }),
    close: () =>
      turn(async () => {
        if (writer.isOpen) close();
      }),
  };
}
