export { askHostInfo, type HostQuestion } from "./ask-host-info.ts";
export { askTrust } from "./ask-trust.ts";
export {
  type FinderPorts,
  type FinderQuestion,
  gatherFinderFacts,
  type NamedTarget,
} from "./find-hosts.ts";
export {
  type GatherQuestion,
  gatherFacts,
  type InnerLooks,
  type NamedThings,
  type OnLook,
  targetAtHome,
} from "./gather-facts.ts";
export { healthPortLife } from "./health-port.ts";
export { lookAtHostPlace, type WantedPlace } from "./host-place.ts";
export { type AddressAnswer, dnsLookUp, hurriedLookUp, type LookUp } from "./look-up.ts";
