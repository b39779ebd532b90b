export { type BindServer, startBind, withoutBind } from "./bind.ts";
export { type BindOptions, type BindZone, TEST_KEY, type TsigKey } from "./bind-configuration.ts";
export type { Network, NetworkMachine } from "./network.ts";
export { openNetwork, withoutNamespaces } from "./network.ts";
