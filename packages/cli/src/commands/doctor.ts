import type { CommandGroup } from "../command.ts";
import { CONFIG, DATA } from "./options.ts";

/** What is wrong, why, and what mends it. */
export const DOCTOR: CommandGroup = {
  name: "doctor",
  summary: "What is wrong, why, and the command that mends it",
  commands: [
    {
      name: "doctor",
      summary: "Find out why machines are not activated, and what mends it",
      description: [
        "Looks at the host and the client of this machine, at DNS, and at every host that DNS or a setting names; judges what it saw by more than sixty checks; and ends in one sentence: the most likely cause, its evidence, and the command that mends it. Changes nothing.",
        "Where neither a host nor a client is set up, name a host or a domain and a trust file. FILE judges what `--save-facts` wrote, here or elsewhere.",
        "Ends with 1 when something is wrong, and with --fail-on warn with 3 when something soon will be; with -o nagios as a plugin does. -o short is for a mail or a ticket; the form of -o json is docs/reference/doctor-report.schema.json.",
      ],
      operands: [{ text: "[files...]", about: "facts that were saved; default: this machine" }],
      options: [
        { text: "--domain <domain...>", about: "look for hosts in that domain too" },
        { text: "--host <host...>", about: "ask that host too: name, name:port, IPv4 or [IPv6]:port" },
        { text: "--trust <file...>", about: "a publisher's trust file, beside those of this machine" },
        { text: "--dns-server <address...>", about: "ip or ip:port; default: this machine's own" },
        { text: "--pre", about: "may this machine become a host?" },
        { text: "--ready", about: "may machines be sent to the host that runs here?" },
        { text: "--only <check...>", about: "only those checks or categories: CS-DNS-003, DNS" },
        { text: "--skip <check...>", about: "all but those" },
        { text: "--fail-on <level>", about: "warn: end with 3 on warnings" },
        { text: "--wait <minutes>", about: "look again until nothing is wrong, at most so long" },
        { text: "--why", about: "say why causes stand in their order" },
        { text: "--offline", about: "nothing leaves this machine" },
        { text: "--html <file>", about: "write the report as one file for a browser, too" },
        { text: "--save-facts <file>", about: "write what was seen, as JSON" },
        DATA,
        CONFIG,
      ],
      examples: [
        { text: "countersign doctor", about: "on a host, or on a machine that is not activated" },
        { text: "countersign doctor --html report.html", about: "with a picture of where the path breaks" },
        { text: "countersign doctor -o json --only DNS RCH", about: "two categories, for a program" },
        { text: "countersign doctor -o nagios", about: "for a monitoring system: one line, 0, 1, 2 or 3" },
        { text: "countersign doctor --pre --trust example.cstrust", about: "before a host is made" },
        { text: "countersign doctor --ready", about: "on a host, before machines are sent to it" },
        { text: "countersign doctor --domain corp.example --trust example.cstrust", about: "from elsewhere" },
      ],
      moreFormats: ["nagios"],
      load: async () => (await import("../actions/doctor.ts")).doctor,
    },
  ],
};
