export type {
  ClockRecordJson,
  CountRows,
  EventQuery,
  Exchange,
  HostIdentity,
  HostStore,
  HostUnit,
  MachineKey,
  MachineRow,
  NewEvent,
  RequestCounters,
  SeatNumber,
  SeatRow,
  StoredEvent,
} from "./host-store.ts";
export { inTurn } from "./in-turn.ts";
export { refusalOfStoreFault } from "./named-store-fault.ts";
export type {
  HostActivationRow,
  IssuanceLogRow,
  IssuedKeyRow,
  PublisherRow,
  PublisherStore,
  PublisherUnit,
} from "./publisher-store.ts";
export { noRequests, sumOfRequests } from "./request-counters.ts";
export { StoreFault, type StoreFaultReason } from "./store-fault.ts";
