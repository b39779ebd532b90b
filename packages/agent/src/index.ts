export type { AgentOptions, AgentPlaces, RunningAgent } from "./agent-options.ts";
export {
  ACTIVATIONS,
  type ActivationGate,
  type AskedProduct,
  activationGate,
  openGate,
} from "./core/activation-gate.ts";
export { Machine, type MachineEvent, type MachineSettings, type OpenPublisher } from "./core/machine.ts";
export { type Access, type AgentMethod, type AgentParts, METHODS } from "./core/methods.ts";
export { MAX_PENDING, Peer, type PeerParts } from "./core/peer.ts";
export { startAgent } from "./main.ts";
