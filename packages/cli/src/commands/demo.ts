import type { CommandGroup } from "../command.ts";

/** Everything at once, for somebody who wants to see it. */
export const DEMO: CommandGroup = {
  name: "demo",
  summary: "Bring a publisher, a host and a fleet up and watch them activate",
  commands: [
    {
      name: "demo",
      summary: "Bring a publisher, a host and a fleet up and watch them activate",
      description: [
        "Publisher and host run as processes of their own on the embedded store; every machine has its own store and identity and asks over TCP. A default port that is taken is replaced by a free one.",
        "Stays up until Ctrl-C, and leaves a context, so that other commands find it.",
      ],
      operands: [],
      options: [
        { text: "--machines <count>", about: "workstations", defaultValue: "30" },
        { text: "--required <count>", about: "machines the workstations' product requires", defaultValue: "25" },
        { text: "--servers <count>", about: "servers", defaultValue: "0" },
        { text: "--required-server <count>", about: "machines the servers' product requires", defaultValue: "5" },
        { text: "--newer-product", about: "one machine more, whose product the host key does not cover" },
        { text: "--exit", about: "end when the fleet has asked, instead of staying up" },
        { text: "--data <directory>", about: "where everything goes, instead of a temporary directory" },
      ],
      examples: [
        { text: "countersign demo", about: "30 machines, 25 required" },
        { text: "countersign demo --machines 60 --exit -o json", about: "for a script: the count is capped at 50" },
        { text: "countersign demo --machines 0 --servers 12 --exit", about: "servers alone: the cap is 10" },
      ],
      load: async () => (await import("../demo/demo.ts")).demo,
    },
  ],
};
