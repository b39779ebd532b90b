import type { CommandDefinition } from "../command.ts";
import { CONFIG, DATA } from "./options.ts";

const actions = () => import("../actions/host-config.ts");

/** What a host goes by, and where each value comes from. */
export const HOST_CONFIG: readonly CommandDefinition[] = [
  {
    name: "host config check",
    summary: "Look for mistakes in the host's configuration",
    description: ["Names every mistake with its place in the file. Ends with 2 while there is one."],
    operands: [],
    options: [CONFIG],
    examples: [{ text: "countersign host config check --config host.yaml", about: "before it is put in place" }],
    load: async () => (await actions()).check,
  },
  {
    name: "host config show",
    summary: "Show every setting of the host and where it comes from",
    description: [
      "Option, then environment, then what slmgr set, then the file, then the default. A running host is asked; otherwise environment, store and file are read.",
    ],
    operands: [],
    options: [DATA, CONFIG, { text: "--effective", about: "what is in force, which is what is shown anyway" }],
    examples: [{ text: "countersign host config show -o json", about: "for a script" }],
    load: async () => (await actions()).show,
  },
];
