/** THE import law (ARCHITECTURE.md, "Who may import whom"), as data. `layers.test.ts` reads it against the code. */
export interface Room {
  /** Packages of ours whose one door (`@countersign/<name>`) this room may use. */
  readonly mayImport: readonly string[];
  /** Doors of ours other than the front one, and packages from the registry. */
  readonly mayAlsoImport: readonly string[];
  readonly why: string;
}

export const ROOMS: Readonly<Record<string, Room>> = {
  domain: {
    mayImport: [],
    mayAlsoImport: [],
    why: "the rules are pure: no IO, no clock, no randomness, nothing to install",
  },
  protocol: {
    mayImport: ["domain"],
    mayAlsoImport: ["@bufbuild/protobuf"],
    why: "bytes <-> domain values; whoever verifies must need nothing else",
  },
  storage: {
    mayImport: ["domain"],
    mayAlsoImport: [],
    why: "a port and its adapters know the rules' values and their driver only",
  },
  keyring: { mayImport: ["domain"], mayAlsoImport: [], why: "keys at rest know nothing of what is signed" },
  client: {
    mayImport: ["domain", "protocol", "keyring"],
    mayAlsoImport: ["@countersign/protocol/gen", "@countersign/protocol/node", "@bufbuild/protobuf"],
    why: "a vendor embeds it: few dependencies, never a server's room",
  },
  agent: {
    mayImport: ["domain", "protocol", "client"],
    mayAlsoImport: [],
    why: "the machine's renewal service is a client that runs for everybody; it answers on sockets and counts nothing",
  },
  doctor: {
    mayImport: ["domain", "protocol", "client"],
    mayAlsoImport: ["@countersign/protocol/gen", "@bufbuild/protobuf", "zod"],
    why: "probes gather facts, pure checks judge them: it sees a host as anybody may, never from inside",
  },
  host: {
    mayImport: ["domain", "protocol", "storage", "keyring", "doctor"],
    mayAlsoImport: [
      "@countersign/protocol/gen",
      "@bufbuild/protobuf",
      "@connectrpc/connect",
      "@connectrpc/connect-node",
      "pino",
      "zod",
      "yaml",
    ],
    why: "the host knows ports; its main.ts names adapters; it gathers the doctor's facts of itself and judges them by its checks",
  },
  publisher: {
    mayImport: ["domain", "protocol", "storage", "keyring"],
    mayAlsoImport: [
      "@countersign/protocol/gen",
      "@bufbuild/protobuf",
      "@connectrpc/connect",
      "@connectrpc/connect-node",
      "pino",
      "zod",
      "yaml",
    ],
    why: "the publisher knows ports; its main.ts names adapters",
  },
  testkit: {
    mayImport: ["domain", "protocol", "storage", "keyring"],
    mayAlsoImport: ["@countersign/protocol/gen", "@bufbuild/protobuf"],
    why: "builders and fakes over ports; a test may use it anywhere, so it may not pull in a server",
  },
  simulator: {
    mayImport: ["domain", "protocol", "host", "client", "publisher", "storage", "keyring", "testkit"],
    mayAlsoImport: [
      "@countersign/storage/memory",
      "@countersign/keyring/memory",
      "@countersign/protocol/gen",
      "@bufbuild/protobuf",
    ],
    why: "the real cores on an in-memory network: never a socket or a disk",
  },
  cli: {
    mayImport: ["domain", "protocol", "storage", "keyring", "publisher", "host", "client", "agent", "doctor"],
    mayAlsoImport: [
      "@countersign/protocol/gen",
      "@countersign/protocol/node",
      "@countersign/client/node",
      "@countersign/client/agent",
      "@countersign/doctor/probes",
      "@countersign/agent/main",
      "@countersign/host/main",
      "@countersign/host/reading",
      "@countersign/publisher/main",
      "@countersign/keyring/file",
      "@countersign/storage/sqlite",
      "@bufbuild/protobuf",
      "@connectrpc/connect",
      "@connectrpc/connect-node",
      "@clack/prompts",
      "commander",
    ],
    why: "it may use every room; nobody imports it",
  },
};

/** Doors that only a composition root (`main.ts`) may open: who needs a port is given one. */
export const ADAPTERS = [
  "@countersign/storage/memory",
  "@countersign/storage/sqlite",
  "@countersign/keyring/file",
  "@countersign/keyring/external",
  "@countersign/keyring/memory",
  "@countersign/protocol/node",
  "@countersign/client/node",
  "@countersign/client/agent",
  "@countersign/doctor/probes",
];

/** Where the platform may be touched (`node:` modules). */
export const PLATFORM_PLACES = [
  /^packages\/[^/]+\/src\/main\.ts$/,
  /^packages\/[^/]+\/src\/(node|http|probes)\//,
  /^packages\/storage\/src\/sqlite\//,
  /^packages\/keyring\/src\/(file|external)\//,
  /^packages\/cli\//,
];

/** Where a clock, randomness or the environment may be read. */
export const AMBIENT_PLACES = [/^packages\/[^/]+\/src\/main\.ts$/, /^packages\/[^/]+\/src\/(node|probes)\//];

export const FORBIDDEN_NAMES = ["utils", "util", "helpers", "helper", "common", "shared", "lib", "misc", "manager"];
