import type { Machine, Site } from "../site.ts";
import { type Change, type Deeds, typed } from "./deed.ts";
import { attended, inTwoYears } from "./kill.ts";

/** A filter as administrators lay it out: the table `filter`, a chain for each way, whatever matches in its place. */
function filtered(machine: Machine, chain: "input" | "output", ...rules: readonly string[]): Change {
  return (site: Site) =>
    site.network.filter(
      machine,
      "add table inet filter",
      `add chain inet filter ${chain} { type filter hook ${chain} priority 0 ; policy accept ; }`,
      ...rules.map((rule) => `add rule inet filter ${chain} ${rule}`),
    );
}

const noCache = (site: Site) => typed(site, "pc", "countersign slmgr /ckhc");

/** Ways that are closed, by the packet filter of the machine named. */
export const FILTERED: Deeds = {
  "port-dropped": { inject: filtered("kms", "input", "tcp dport 1688 drop"), mendAt: "kms" },
  "port-rejected": { inject: filtered("kms", "input", "tcp dport 1688 reject with tcp reset"), mendAt: "kms" },
  "default-drop": {
    inject: filtered(
      "kms",
      "input",
      "ct state established,related accept",
      "tcp dport { 22, 1689 } accept",
      "tcp dport 1-65535 drop",
    ),
    mendAt: "kms",
  },
  "no-route": { inject: filtered("pc", "output", "ip daddr 10.77.0.11 reject with icmpx type host-unreachable") },
  "replies-dropped": {
    // The handshake's packets carry nothing.
    inject: filtered("kms", "output", "tcp sport 1688 meta length > 100 drop"),
    mendAt: "kms",
  },
  "dns-dropped": {
    inject: async (site) => {
      await noCache(site);
      await filtered("dns", "input", "udp dport 53 drop", "tcp dport 53 drop")(site);
    },
  },
  "network-out": { inject: filtered("pc", "output", "oifname eth0 drop") },
  "own-port-closed": { inject: filtered("kms", "input", "tcp dport 1688 reject with tcp reset") },
  "publisher-filtered": {
    ...{ without: ["agent"], isUnpublished: true, prepare: inTwoYears },
    inject: async (site) => {
      await attended(site);
      await filtered("kms", "output", "ip daddr 10.77.0.5 tcp dport 1690 drop")(site);
    },
  },
};
