export type {
  EventBound,
  EventPage,
  EventPlace,
  EventQuery,
  EventSearch,
  LogSize,
  LogSpan,
  NewEvent,
  RefusalSum,
  RequestSums,
  SeatNumber,
  StoredEvent,
} from "./host-event.ts";
export type {
  ClockRecordJson,
  ContactMove,
  CountRows,
  Exchange,
  HeardMachine,
  HostIdentity,
  HostStore,
  HostUnit,
  KnownMachineRow,
  MachineBound,
  MachineKey,
  MachinePurge,
  MachineQuery,
  MachineRow,
  RequestCounters,
  SeatRow,
  SurveyDay,
  SurveyQuery,
  SurveyStretch,
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
