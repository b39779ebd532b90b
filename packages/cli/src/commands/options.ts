import type { Described } from "../command.ts";

/** Options that several commands take, worded once. */
export const DATA: Described = { text: "--data <directory>", about: "the data directory (or COUNTERSIGN_DATA)" };
/** Where a host is configured. */
export const CONFIG: Described = {
  text: "--config <file>",
  about: "its configuration (or COUNTERSIGN_CONFIG; default /etc/countersign/host.yaml)",
};
/** Where a service listens. */
export const LISTEN: Described = { text: "--listen <address>", about: "address to listen on", defaultValue: "0.0.0.0" };
/** How much a service says on stderr. */
export const LOG_LEVEL: Described = {
  text: "--log-level <level>",
  about: "debug, info, warn, error or silent",
  defaultValue: "info",
};
