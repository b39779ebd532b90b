import { equalBytes, toHex } from "@countersign/domain";
import { inTurn } from "../in-turn.ts";
import type {
  HostActivationRow,
  IssuanceLogRow,
  IssuedKeyRow,
  PublisherRow,
  PublisherStore,
  PublisherUnit,
} from "../publisher-store.ts";
import { StoreFault } from "../store-fault.ts";

interface Contents {
  readonly publisher: PublisherRow | undefined;
  readonly keys: ReadonlyMap<string, IssuedKeyRow>;
  readonly activations: ReadonlyMap<string, HostActivationRow>;
  readonly log: readonly IssuanceLogRow[];
}

/** A publisher store that lives as long as the process. */
export function openMemoryPublisherStore(): PublisherStore {
  let committed: Contents = { publisher: undefined, keys: new Map(), activations: new Map(), log: [] };
  const turn = inTurn();
  let open = true;
  const ready = async () => {
    if (!open) throw new StoreFault("failed", "the store is closed", "open it again");
    return committed;
  };
  return {
    transact: (work) =>
      turn(async () => {
        const draft = draftOf(await ready());
        const result = await work(draft.unit);
        committed = draft.contents();
        return result;
      }),
    keys: async () => [...(await ready()).keys.values()],
    log: async () => (await ready()).log,
    close: () =>
      turn(async () => {
        open = false;
      }),
  };
}

/** A unit works on a copy; only its end makes the copy the store. */
function draftOf(committed: Contents): { readonly unit: PublisherUnit; contents(): Contents } {
  let publisher = committed.publisher;
  const keys = new Map(committed.keys);
  const activations = new Map(committed.activations);
  const log = [...committed.log];
  const unit: PublisherUnit = {
    publisher: async () => publisher,
    savePublisher: async (row) => {
      publisher = row;
    },
    key: async (kid) => keys.get(toHex(kid)),
    saveKey: async (row) => {
      keys.set(toHex(row.kid), row);
    },
    activation: async (commitment) => activations.get(toHex(commitment)),
    activationBySerial: async (serial) => [...activations.values()].find((row) => equalBytes(row.serial, serial)),
    activationsOfKey: async (kid) => [...activations.values()].filter((row) => equalBytes(row.kid, kid)),
    saveActivation: async (row) => {
      const known = activations.get(toHex(row.commitment));
      activations.set(toHex(row.commitment), known === undefined ? row : { ...known, document: row.document });
    },
    lastLogRow: async () => log.at(-1),
    appendLog: async (row) => {
      log.push(row);
    },
  };
  return { unit, contents: () => ({ publisher, keys, activations, log }) };
}
