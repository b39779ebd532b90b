import type { CommandGroup, Described } from "../command.ts";

const actions = () => import("../actions/agent.ts");

const SOCKETS: Described = {
  text: "--sockets <directory>",
  about: "where it listens (or COUNTERSIGN_AGENT; default /run/countersign)",
};

/** The service of a machine that keeps every product on it activated. */
export const AGENT: CommandGroup = {
  name: "agent",
  summary: "The machine's service that keeps every product of every publisher activated",
  commands: [
    {
      name: "agent serve",
      summary: "Run the agent of this machine",
      description: [
        "Reads the publishers' trust files, opens one store for each publisher and asks hosts on their schedule. Programs reach it over a local socket. SIGHUP reads the files again; Ctrl-C saves every store.",
      ],
      operands: [],
      options: [
        {
          text: "--trust <directory>",
          about: "of the trust files (or COUNTERSIGN_TRUST; default /etc/countersign/trust.d)",
        },
        { text: "--stores <directory>", about: "a store for each publisher (default the machine's)" },
        SOCKETS,
      ],
      examples: [{ text: "countersign agent serve", about: "as the systemd unit under deploy/ does" }],
      load: async () => (await actions()).serve,
    },
    {
      name: "agent status",
      summary: "Show what the agent of this machine keeps",
      description: [
        "Asks the running agent and no host. Ends with 4 where none runs, with 6 while a product is not licensed.",
      ],
      operands: [],
      options: [SOCKETS],
      examples: [{ text: "countersign agent status -o jsonl", about: "one product a line" }],
      load: async () => (await actions()).status,
    },
  ],
};
