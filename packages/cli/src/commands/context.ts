import type { CommandGroup } from "../command.ts";

/** Which publisher, host and client commands mean when they are not told. */
export const CONTEXT: CommandGroup = {
  name: "context",
  summary: "Which publisher, host and client the other commands mean",
  commands: [
    {
      name: "context list",
      summary: "List the contexts and say which is in use",
      description: ["A context is a name for the data directories of one publisher, one host and one client."],
      operands: [],
      options: [],
      examples: [{ text: "countersign context list -o json", about: "for a script" }],
      load: async () => (await import("../actions/contexts.ts")).listContexts,
    },
    {
      name: "context use",
      summary: "Take a context into use",
      description: ["Commands that are given no --data use it and say so on stderr."],
      operands: [{ text: "<name>", about: "a name of `countersign context list`, or none" }],
      options: [],
      examples: [{ text: "countersign context use none", about: "back to the system's own directories" }],
      load: async () => (await import("../actions/contexts.ts")).useContext,
    },
  ],
};
