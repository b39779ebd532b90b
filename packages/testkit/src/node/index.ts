export { type BindServer, startBind, withoutBind } from "./bind.ts";
export { type BindOptions, type BindZone, TEST_KEY, type TsigKey } from "./bind-configuration.ts";
export type { CableSite, Ended, RunningProgram } from "./cable-site.ts";
export { openCableSite } from "./cable-site.ts";
export type { CableVendor, SoldProduct } from "./cable-vendor.ts";
export { expectDone, makeHost, openVendor, serveHost } from "./cable-vendor.ts";
export type { Network, NetworkMachine } from "./network.ts";
export { openNetwork, withoutNamespaces } from "./network.ts";
