import type { CommandGroup } from "../command.ts";
import { HOST_ADMIN } from "./host-admin.ts";
import { HOST_CONFIG } from "./host-config.ts";
import { HOST_DNS } from "./host-dns.ts";
import { CONFIG, DATA } from "./options.ts";

const actions = () => import("../actions/host.ts");

/** What a site's administrator does with a running host. */
export const HOST: CommandGroup = {
  name: "host",
  summary: "The site's side: counts machines and activates them",
  commands: [
    {
      name: "host init",
      summary: "Make a host: its store and identity",
      description: [
        "Says which firewall command opens its port, and changes nothing of the system.",
        "With COUNTERSIGN_KEY_PASSPHRASE set, every key is sealed by that passphrase, which later commands need too.",
      ],
      operands: [],
      options: [DATA, { text: "--port <number>", about: "the port it will serve on", defaultValue: "1688" }],
      examples: [{ text: "countersign host init", about: "in the default directory" }],
      load: async () => (await actions()).init,
    },
    {
      name: "host serve",
      summary: "Run the host that client machines ask",
      description: [
        "Prints one line when it is ready; its log goes to stderr. Ctrl-C finishes what was accepted.",
        "What an option says cannot be changed while the host runs; what it leaves out is the environment's, then what slmgr set, then the file's, then the default: `countersign host config show`.",
      ],
      operands: [],
      options: [
        DATA,
        CONFIG,
        { text: "--port <number>", about: "for clients; 0 for any free one" },
        { text: "--admin-port <number>", about: "for /healthz, /readyz and administration; 0 for any" },
        { text: "--listen <address>", about: "address to listen on" },
        { text: "--admin-listen <address>", about: "address of the admin port, where it is another" },
        { text: "--log-level <level>", about: "debug, info, warn, error or silent" },
      ],
      examples: [{ text: "countersign host serve --listen 127.0.0.1", about: "for this machine alone" }],
      load: async () => (await actions()).serve,
    },
    {
      name: "host trust add",
      summary: "Let this host serve a publisher",
      description: [
        "Reads the file of `publisher export-trust`. A host serves several publishers, each with its own key.",
      ],
      operands: [{ text: "<file>", about: "the publisher's trust file" }],
      options: [DATA],
      examples: [{ text: "countersign host trust add example.cstrust", about: "from the vendor" }],
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
      summary: "Show the count, the requests and each publisher's seat",
      description: ["Ends with 6 while no publisher's key is activated."],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign host status -o short", about: "the current count alone" }],
      load: async () => (await actions()).status,
    },
    {
      name: "host clock accept",
      summary: "Vouch for this machine's clock",
      description: [
        "A host doubts a clock that jumps and counts on by run time until it has been right for 24 hours. Set the clock first: guarded time takes this reading over at once, forwards or back.",
      ],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign host clock accept", about: "after the clock was set" }],
      load: async () => (await actions()).acceptClock,
    },
    ...HOST_DNS,
    ...HOST_CONFIG,
    ...HOST_ADMIN,
  ],
};
