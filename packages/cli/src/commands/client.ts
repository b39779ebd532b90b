import type { CommandGroup } from "../command.ts";
import { DATA } from "./options.ts";

const actions = () => import("../actions/client.ts");

/** What happens on one machine that is licensed. */
export const CLIENT: CommandGroup = {
  name: "client",
  summary: "One machine: asks a host, verifies the answer, shows the licence",
  commands: [
    {
      name: "client init",
      summary: "Set up this machine for one product",
      description: [
        "Keeps whom to trust, which key and which host. Without --setup-key, the setup key of --product is taken from the trust file; without both, the only one in it.",
      ],
      operands: [],
      options: [
        DATA,
        { text: "--trust <file>", about: "the publisher's trust file", isMandatory: true },
        { text: "--host <host>", about: "name, name:port, IPv4 or [IPv6]:port", isMandatory: true },
        { text: "--setup-key <key>", about: "the setup key of the product" },
        { text: "--product <name>", about: "name or number of the product" },
      ],
      examples: [
        {
          text: "countersign client init --trust example.cstrust --product Editor \\\n    --host host.example.com",
          about: "with the setup key of the trust file",
        },
      ],
      load: async () => (await actions()).init,
    },
    {
      name: "client activate",
      summary: "Ask a host now, whatever was scheduled",
      description: ["Ends with 0 when the machine is licensed, 6 when it is not, 4 when no host answered."],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign client activate -o json", about: "for a script" }],
      load: async () => (await actions()).activate,
    },
    {
      name: "client status",
      summary: "Show the licence of this machine",
      description: ["Asks nobody. Ends with 6 while the machine is not licensed."],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign client status", about: "what an administrator looks at first" }],
      load: async () => (await actions()).status,
    },
  ],
};
