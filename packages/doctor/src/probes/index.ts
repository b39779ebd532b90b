export { askHostInfo, type HostQuestion } from "./ask-host-info.ts";
export { type FinderPorts, type FinderQuestion, gatherFinderFacts } from "./find-hosts.ts";
export { type AddressAnswer, dnsLookUp, type LookUp } from "./look-up.ts";
