import type { Described } from "../command.ts";

/** Options that several commands take, worded once. */
export const DATA: Described = { text: "--data <directory>", about: "the data directory (or COUNTERSIGN_DATA)" };
/** Where a host is configured. */
export const CONFIG: Described = {
  text: "--config <file>",
  about: "its configuration (or COUNTERSIGN_CONFIG; default /etc/countersign/host.yaml)",
};
/** Where a publisher is configured. */
export const PUBLISHER_CONFIG: Described = {
  text: "--config <file>",
  about: "its configuration (or COUNTERSIGN_PUBLISHER_CONFIG; default /etc/countersign/publisher.yaml)",
};
