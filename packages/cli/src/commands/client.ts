import type { CommandGroup, Described } from "../command.ts";
import { DATA } from "./options.ts";

const actions = () => import("../actions/client.ts");
const SOCKETS: Described = { text: "--sockets <directory>", about: "of the agent, where it is not the machine's" };

/** What happens on one machine that is licensed. */
export const CLIENT: CommandGroup = {
  name: "client",
  summary: "One machine: asks a host, verifies the answer, shows the licence",
  commands: [
    {
      name: "client init",
      summary: "Set up this machine for one product",
      description: [
        "Keeps whom to trust, which key and which host. Without --host the machine looks hosts up in DNS: in --domain, else in its own domain. Without --setup-key, the setup key of --product is taken from the trust file; without both, the only one in it.",
      ],
      operands: [],
      options: [
        DATA,
        { text: "--trust <file>", about: "the publisher's trust file", isMandatory: true },
        { text: "--host <host>", about: "name, name:port, IPv4 or [IPv6]:port; no other is asked" },
        { text: "--domain <domain>", about: "the one domain to look hosts up in" },
        { text: "--dns-server <servers>", about: "ip or ip:port of the DNS servers to ask, with commas between" },
        { text: "--setup-key <key>", about: "the setup key of the product" },
        { text: "--product <name>", about: "name or number of the product" },
      ],
      examples: [
        {
          text: "countersign client init --trust example.cstrust --product Editor \\\n    --host host.example.com",
          about: "with the setup key of the trust file",
        },
        {
          text: "countersign client init --trust example.cstrust --domain example.com",
          about: "the host is found in DNS",
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
    {
      name: "client rearm",
      summary: "Give this machine a new CMID and its initial grace anew",
      description: [
        "Uses one rearm; three are the most. For a copy that cannot heal by itself: a copy that finds a host does.",
        "Where the machine's agent keeps the licence: countersign slmgr /rearm.",
      ],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign client rearm", about: "then: countersign client activate" }],
      load: async () => (await actions()).rearm,
    },
    {
      name: "client generalize",
      summary: "Prepare this machine to be captured as an image: the last command before it is shut down",
      description: [
        "Clears CMID, salt, lease and host cache, of the client directory and of the machine's agent. Each machine that is made from the image draws a CMID of its own at its first start, where its initial grace begins.",
        "Costs nothing before the first activation, and one rearm after it. docs/how-to/prepare-an-image.md has the steps.",
      ],
      operands: [],
      options: [DATA, SOCKETS],
      examples: [
        {
          text: "countersign client generalize",
          about: "the last command of an image build, before the machine is shut down",
        },
      ],
      load: async () => (await import("../actions/generalize.ts")).generalize,
    },
  ],
};
