import type { CommandDefinition } from "../command.ts";
import { CONFIG, DATA } from "./options.ts";

const actions = () => import("../actions/host-dns.ts");

/** The host's records in DNS. */
export const HOST_DNS: readonly CommandDefinition[] = [
  {
    name: "host dns show",
    summary: "Show the host's DNS records, also for a zone kept by hand",
    description: [
      "Without a format: what is published where, and how it went. With one: the same records for a zone file of BIND with the rights the host would need, as PowerShell for Windows DNS, field by field for a provider's form, or as a script of nsupdate. They are printed, never run.",
      "A host that publishes nothing by itself is told so by `slmgr /cdns`.",
    ],
    operands: [],
    options: [DATA, CONFIG, { text: "--format <format>", about: "bind, windows, generic or nsupdate" }],
    examples: [
      { text: "countersign host dns show", about: "domains, records and the last attempt" },
      { text: "countersign host dns show --format windows", about: "for an administrator of Windows DNS" },
    ],
    load: async () => (await actions()).show,
  },
  {
    name: "host dns publish",
    summary: "Publish the running host in DNS now",
    description: [
      "A host publishes itself at its start, every 24 hours and when its name or port changes; after a failure it tries again every hour. Ends with 1 while a domain failed.",
    ],
    operands: [],
    options: [DATA, { text: "--now", about: "in every domain at once, which is what it does anyway" }],
    examples: [{ text: "countersign host dns publish --now", about: "after a key of DNS was changed" }],
    load: async () => (await actions()).publish,
  },
  {
    name: "host dns unpublish",
    summary: "Take the host's own records out of DNS",
    description: [
      "Exactly the records this host has published, never another host's. While publishing is on they come back with the next start or day: `slmgr /cdns` first, when a host goes for good. Ends with 1 while a domain failed.",
    ],
    operands: [],
    options: [DATA, CONFIG],
    examples: [{ text: "countersign host dns unpublish", about: "before the host is switched off for good" }],
    load: async () => (await actions()).unpublish,
  },
];
