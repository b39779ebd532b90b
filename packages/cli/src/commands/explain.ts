import type { CommandGroup } from "../command.ts";
import { REMOTE } from "./events.ts";
import { DATA } from "./options.ts";

/** Why a machine is or is not activated. */
export const EXPLAIN: CommandGroup = {
  name: "explain",
  summary: "Say what happened to one machine, and why",
  commands: [
    {
      name: "explain",
      summary: "Say what happened to one machine, and why",
      description: [
        "Joins what the client asked (12288), what the host decided (12290) and what the client made of the reply (12289) into one story that ends in a sentence.",
        "--events takes what `events -o json`, `-o jsonl` or `--xml` printed on the other side, or a client's events.jsonl.",
      ],
      operands: [{ text: "<machine>", about: "its CMID, name or address" }],
      options: [
        DATA,
        { text: "--side <side>", about: "host, client or agent, where a machine is more than one" },
        ...REMOTE,
        { text: "--events <file...>", about: "events of the other side" },
        { text: "--limit <count>", about: "at most so many events of each side", defaultValue: "200" },
      ],
      examples: [
        { text: "countersign explain pc-17", about: "on the host" },
        { text: "countersign explain pc-17 --events pc-17.jsonl", about: "with the other side's log" },
      ],
      load: async () => (await import("../explain/explain.ts")).explain,
    },
  ],
};
