import type { CommandDefinition } from "../command.ts";
import { PUBLISHER_CONFIG } from "./options.ts";

const actions = () => import("../actions/publisher-config.ts");

/** What a publisher's service goes by, and where each value comes from. */
export const PUBLISHER_CONFIGURATION: readonly CommandDefinition[] = [
  {
    name: "publisher config check",
    summary: "Look for mistakes in the publisher's configuration",
    description: ["Names every mistake with its place in the file. Ends with 2 while there is one."],
    operands: [],
    options: [PUBLISHER_CONFIG],
    examples: [
      { text: "countersign publisher config check --config publisher.yaml", about: "before it is put in place" },
    ],
    load: async () => (await actions()).check,
  },
  {
    name: "publisher config show",
    summary: "Show every setting of the publisher and where it comes from",
    description: [
      "Option, then environment, then the file, then the default. Its store keeps no settings. Shown is what a service would go by that is started now.",
    ],
    operands: [],
    options: [PUBLISHER_CONFIG, { text: "--effective", about: "what is in force, which is what is shown anyway" }],
    examples: [{ text: "countersign publisher config show -o json", about: "for a script" }],
    load: async () => (await actions()).show,
  },
];
