import type { CommandGroup } from "../command.ts";
import { DATA, PUBLISHER_CONFIG } from "./options.ts";
import { PUBLISHER_CONFIGURATION } from "./publisher-config.ts";

const actions = () => import("../actions/publisher.ts");

/** What a vendor does: products, keys, and the service that activates hosts. */
export const PUBLISHER: CommandGroup = {
  name: "publisher",
  summary: "The vendor's side: products, product keys, activation of hosts",
  commands: [
    {
      name: "publisher init",
      summary: "Make a publisher: its root key and issuing keys",
      description: [
        "The root key is what every client believes in the end. Back its directory up and keep it secret.",
        "With COUNTERSIGN_KEY_PASSPHRASE set, every key is sealed by that passphrase, which later commands need too.",
      ],
      operands: [],
      options: [
        DATA,
        { text: "--name <name>", about: "what administrators read", isMandatory: true },
        { text: "--url <url>", about: "http or https address where hosts reach it (default http://localhost:1690)" },
      ],
      examples: [
        {
          text: "countersign publisher init --name Example \\\n    --url https://activate.example.com",
          about: "for hosts anywhere",
        },
      ],
      load: async () => (await actions()).init,
    },
    {
      name: "publisher serve",
      summary: "Run the service that hosts activate with",
      description: [
        "Prints one line when it is ready; its log goes to stderr. Ctrl-C finishes what was accepted.",
        "What an option leaves out is the environment's, then the file's, then the default: `countersign publisher config show`.",
      ],
      operands: [],
      options: [
        DATA,
        PUBLISHER_CONFIG,
        { text: "--port <number>", about: "for hosts (default 1690); 0 for any free one" },
        { text: "--listen <address>", about: "address to listen on" },
        { text: "--log-level <level>", about: "debug, info, warn, error or silent" },
      ],
      examples: [{ text: "countersign publisher serve --port 8690", about: "on another port" }],
      load: async () => (await actions()).serve,
    },
    {
      name: "publisher status",
      summary: "Show the publisher and what it has issued",
      description: [],
      operands: [],
      options: [DATA],
      examples: [{ text: "countersign publisher status -o json", about: "for a script" }],
      load: async () => (await actions()).status,
    },
    {
      name: "publisher app add",
      summary: "Add an application",
      description: ["An application is what is counted: machines with any of its products count together."],
      operands: [],
      options: [DATA, { text: "--name <name>", about: "what it is called", isMandatory: true }],
      examples: [{ text: "countersign publisher app add --name Suite", about: "before its first product" }],
      load: async () => (await actions()).addApplication,
    },
    {
      name: "publisher app list",
      summary: "List the applications",
      description: [],
      operands: [],
      options: [DATA],
      examples: [],
      load: async () => (await actions()).listApplications,
    },
    {
      name: "publisher product add",
      summary: "Add a product",
      description: [],
      operands: [],
      options: [
        DATA,
        { text: "--app <name>", about: "name or id of its application, where there are several" },
        { text: "--name <name>", about: "what it is called", isMandatory: true },
        { text: "--description <text>", about: "one line that /dlv shows" },
        { text: "--class <class>", about: "client or server", defaultValue: "client" },
        { text: "--required <count>", about: "machines a host must have seen (25 for a client, 5 for a server)" },
        { text: "--key-group <number>", about: "a known one of its class and generation; without it, a new one" },
        { text: "--generation <number>", about: "newer generations need a newer host key", defaultValue: "1" },
      ],
      examples: [{ text: "countersign publisher product add --name Editor --required 25", about: "a first product" }],
      load: async () => (await actions()).addProduct,
    },
    {
      name: "publisher product list",
      summary: "List the products",
      description: [],
      operands: [],
      options: [DATA],
      examples: [],
      load: async () => (await actions()).listProducts,
    },
    {
      name: "publisher key issue",
      summary: "Issue a product key and print it, once",
      description: [
        "A setup key selects a product on a client and is no secret. A host key makes a host of a customer and is one.",
        "A host key is not stored: only its last five symbols can be shown again. It activates the products of its key group, older generations and lower classes of the same application.",
      ],
      operands: [],
      options: [
        DATA,
        { text: "--kind <kind>", about: "setup or host", isMandatory: true },
        { text: "--product <name>", about: "setup key: name or number of the product" },
        { text: "--key-group <number>", about: "host key: what it activates; needless when there is only one" },
        { text: "--hosts <count>", about: "host key: how many hosts it may activate", defaultValue: "6" },
        { text: "--test-count <count>", about: "host key: a TEST site whose products need only this many machines" },
      ],
      examples: [
        { text: "countersign publisher key issue --kind setup --product Editor", about: "for an installer" },
        { text: "countersign publisher key issue --kind host --key-group 1", about: "for a customer" },
      ],
      load: async () => (await actions()).issueKey,
    },
    {
      name: "publisher key list",
      summary: "List the keys that were issued, by their last five symbols",
      description: [],
      operands: [],
      options: [DATA],
      examples: [],
      load: async () => (await actions()).listKeys,
    },
    {
      name: "publisher export-trust",
      summary: "Write the file that tells hosts and clients whom to trust",
      description: ["It holds public documents only. Hosts read it with `host trust add`, clients with `client init`."],
      operands: [],
      options: [DATA, { text: "--file <path>", about: "where to; without it, the text goes to stdout" }],
      examples: [{ text: "countersign publisher export-trust --file example.cstrust", about: "to a file" }],
      load: async () => (await actions()).exportTrust,
    },
    ...PUBLISHER_CONFIGURATION,
  ],
};
