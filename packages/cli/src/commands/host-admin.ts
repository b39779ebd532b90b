import type { CommandDefinition } from "../command.ts";
import { DATA } from "./options.ts";

const actions = () => import("../actions/host-admin.ts");

/** Who may administer a host from afar. */
export const HOST_ADMIN: readonly CommandDefinition[] = [
  {
    name: "host admin add",
    summary: "Give somebody a token for this host",
    description: [
      "Prints the token once; the host keeps only its SHA-256. From then on tcp 1689 administers whoever has one, away from loopback only with tls configured.",
      "A viewer looks; an operator activates and changes settings too; an administrator installs keys and trust and gives tokens.",
    ],
    operands: [{ text: "<name>", about: "whose token it is" }],
    options: [
      DATA,
      { text: "--role <role>", about: "viewer, operator or administrator", isMandatory: true },
      { text: "--expires <date>", about: "the day or instant from which it opens nothing, such as 2027-01-31" },
    ],
    examples: [{ text: "countersign host admin add mona --role viewer -o short", about: "the token alone" }],
    load: async () => (await actions()).add,
  },
  {
    name: "host admin list",
    summary: "List who has a token",
    description: [],
    operands: [],
    options: [DATA],
    examples: [{ text: "countersign host admin list", about: "names, roles and ends" }],
    load: async () => (await actions()).list,
  },
  {
    name: "host admin revoke",
    summary: "Take somebody's token back",
    description: ["At once; with the last one tcp 1689 is health only again."],
    operands: [{ text: "<name>", about: "a name of `countersign host admin list`" }],
    options: [DATA],
    examples: [{ text: "countersign host admin revoke mona", about: "it opens nothing any more" }],
    load: async () => (await actions()).revoke,
  },
];
