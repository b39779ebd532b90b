import type { CommandGroup, Described } from "../command.ts";
import { DATA } from "./options.ts";

/** How a host elsewhere is reached. */
export const REMOTE: readonly Described[] = [
  { text: "--host <host>", about: "a host elsewhere: name, name:port, IPv4 or [IPv6]:port" },
  { text: "--token-file <file>", about: "its token (or COUNTERSIGN_TOKEN; - is stdin)" },
  { text: "--ca-file <file>", about: "PEM certificates to trust for it" },
];

/** What happened, on either side. */
export const EVENTS_GROUP: CommandGroup = {
  name: "events",
  summary: "The event log of a host or a client",
  commands: [
    {
      name: "events",
      summary: "Look into the event log of a host or a client",
      description: [
        "Shows the host's log where there is a host, else the client's: of a directory that was set up, or what the machine's agent wrote, which needs no root. Newest first; every filter narrows. With -o json, jsonl or csv up to 10,000 events are printed, 50 otherwise.",
        "`events show <number>` prints one event with each of its fields.",
      ],
      operands: [
        { text: "[show]", about: "show: one event in full" },
        { text: "[number]", about: "the number of that event" },
      ],
      options: [
        DATA,
        { text: "--side <side>", about: "host, client or agent, where a machine is more than one" },
        ...REMOTE,
        { text: "--id <ids>", about: "event ids, with commas between them" },
        { text: "--level <levels>", about: "information, warning, error" },
        { text: "--log <log>", about: "application or kms" },
        { text: "--machine <name>", about: "the name of the machine it is about" },
        { text: "--cmid <cmid>", about: "the CMID of that machine" },
        { text: "--product <name>", about: "name or activation id of the product" },
        { text: "--since <when>", about: "from then on: 2h, 7d, 2026-11-24T10:00Z" },
        { text: "--until <when>", about: "before then" },
        { text: "--text <text>", about: "contained in the event as it is printed" },
        { text: "--limit <count>", about: "at most so many" },
        { text: "--before <number>", about: "only older than this event" },
        { text: "--follow", about: "stay and print what comes" },
        { text: "--xml", about: "as Windows event XML, whatever -o says" },
      ],
      examples: [
        { text: "countersign events --id 12290 --since 1d", about: "the requests of a day" },
        { text: "countersign events --level warning,error", about: "what needs a look" },
        { text: "countersign events --machine pc-17 -o jsonl", about: "one machine, for a program" },
        { text: "countersign events show 4711", about: "one event in full" },
      ],
      load: async () => (await import("../events/events.ts")).events,
    },
  ],
};
