import type { CommandGroup } from "../command.ts";
import { DATA } from "./options.ts";

/** Every host there is in the DNS of a site. */
export const HOSTS: CommandGroup = {
  name: "hosts",
  summary: "Every host there is in DNS: ours, stale ones, and those nobody meant",
  commands: [
    {
      name: "hosts find",
      summary: "Ask DNS for hosts, ask each host who it is, and say which records to delete",
      description: [
        "Asks every domain for the records of each publisher, for those of all, and for those of Microsoft KMS. Each host is asked who it is with a fresh nonce; what it signs is verified down from the publisher's trust file. Microsoft KMS is connected to and sent nothing.",
        "Trust files are --trust, else those of this machine's client and agent. With --our-host, or a host that runs on this machine, hosts of other customers are told apart. --events takes what `events -o json` or `-o jsonl` printed, or a client's events.jsonl: it says which machines still ask which host.",
        "Changes nothing. Ends with 4 when no DNS server answered, and with --fail-on warn with 3 when anything is not as it should be.",
      ],
      operands: [],
      options: [
        { text: "--domain <domain...>", about: "a domain to look in", isMandatory: true },
        { text: "--trust <file...>", about: "a publisher's trust file" },
        { text: "--dns-server <address...>", about: "ip or ip:port; default: this machine's own" },
        { text: "--our-host <host...>", about: "a host known to be ours: name, name:port, IPv4 or [IPv6]:port" },
        { text: "--events <file...>", about: "event logs of machines and hosts" },
        { text: "--fail-on <level>", about: "warn: end with 3 unless every host is ours" },
        DATA,
      ],
      examples: [
        { text: "countersign hosts find --domain corp.example", about: "on any machine of the site" },
        {
          text: "countersign hosts find --domain corp.example --trust example.cstrust \\\n    --dns-server 192.0.2.53 -o json",
          about: "from elsewhere, for a script",
        },
      ],
      load: async () => (await import("../actions/hosts.ts")).find,
    },
  ],
};
