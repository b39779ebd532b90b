import type { CommandGroup } from "../command.ts";
import { DATA } from "./options.ts";

const actions = () => import("../actions/host.ts");

/** What a site's administrator does with a running host. */
export const HOST: CommandGroup = {
  name: "host",
  summary: "the site's side: counts machines and activates them",
  commands: [
    {
      name: "host trust add",
      summary: "Let this host serve a publisher",
      description: [
        "Reads the file of `publisher export-trust`. A host serves several publishers, each with its own key.",
      ],
      operands: [{ text: "<file>", about: "the publisher's trust file" }],
      options: [DATA],
      examples: [{ text: "countersign host trust add example.trust", about: "from the vendor" }],
      load: async () => (await actions()).addTrust,
    },
    {
      name: "host key install",
      summary: "Install the host key the vendor issued",
      description: ["`-` reads the key from stdin, so that it stays out of the shell's history."],
      operands: [{ text: "<key>", about: "five groups of five symbols, or -" }],
      options: [DATA],
      examples: [{ text: "countersign host key install - < host.key", about: "from a file" }],
      load: async () => (await actions()).installKey,
    },
    {
      name: "host activate",
      summary: "Activate this host with its publisher, online",
      description: [],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign host activate", about: "every publisher with a key" }],
      load: async () => (await actions()).activate,
    },
    {
      name: "host status",
      summary: "Show the count, the requests and the state of each publisher's seat",
      description: ["Ends with 6 while no publisher's key is activated."],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign host status -o short", about: "the current count alone" }],
      load: async () => (await actions()).status,
    },
  ],
};
