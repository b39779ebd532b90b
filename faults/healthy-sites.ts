// Sites that differ in what an administrator may choose, and are well: the doctor may find nothing of weight in them.
import { type Deed, typed } from "./deeds/deed.ts";
import { ask, doDeeds } from "./run-fault.ts";
import { hostYaml, published, SERVICE, type Site, ZONE_KEY } from "./site.ts";

const configured = (more: string): Deed => ({
  prepare: (site) => site.write("kms", "etc/host.yaml", `${hostYaml()}${more}`),
});
const onClient = (...lines: readonly string[]): Deed => ({ inject: (site) => typed(site, "pc", ...lines) });
const onHost = (...lines: readonly string[]): Deed => ({ inject: (site) => typed(site, "kms", ...lines) });

/** By name. */
export const HEALTHY_SITES: Readonly<Record<string, Deed>> = {
  "as-it-was-built": {},
  "fixed-host": onClient("countersign slmgr /skms kms.corp.test:1688"),
  "fixed-host-by-address": onClient("countersign slmgr /skms 10.77.0.11"),
  "look-up-domain": onClient("countersign slmgr /skms-domain corp.test"),
  "no-caching": onClient("countersign slmgr /ckhc", "countersign slmgr /ato"),
  "another-port": {
    ...configured("listeningPort: 1700\n"),
    inject: (site) => typed(site, "pc", "countersign slmgr /ato"),
  },
  "two-domains": {
    prepare: (site) => site.write("kms", "etc/host.yaml", hostYaml(ZONE_KEY.secretBase64, ["corp.test", "other.test"])),
  },
  "own-intervals": onHost("countersign slmgr /sai 60", "countersign slmgr /sri 1440"),
  "record-by-hand": {
    inject: async (site) => {
      await typed(site, "kms", "countersign slmgr /cdns", "countersign host dns unpublish");
      await site.dns().update(`add ${SERVICE} 3600 SRV 0 0 1688 kms.corp.test.`);
    },
  },
  "renewed-by-hand": { inject: async (site) => typed(site, "kms", "countersign host activate") },
  "hidden-names": { ...configured("clientNames: hash\n"), ...onClient("countersign slmgr /ato") },
  "without-agent": { without: ["agent"], words: "--data client-own", inject: withoutAgent },
};

/** What the doctor found of weight at one of them, on the host's machine and on the client's. */
export interface SiteResult {
  readonly id: string;
  readonly found: readonly string[];
  readonly seconds: number;
  readonly trouble: string;
}

/** Brings a site about and asks the doctor on both sides. */
export async function runSite(site: Site, id: string): Promise<SiteResult> {
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 100) / 10;
  try {
    const deed = HEALTHY_SITES[id] ?? {};
    await doDeeds(site, [deed]);
    const { words: _, ...onTheHost } = deed;
    const client = await ask(site, { asked: "client" }, deed);
    const host = await ask(site, { asked: "host" }, onTheHost);
    const grave = [...client, ...host].filter(({ gravity }) => gravity !== "notice");
    return { id, found: grave.map((one) => `${one.id}: ${one.cause}`), seconds: seconds(), trouble: "" };
  } catch (error) {
    return { id, found: [], seconds: seconds(), trouble: (error as Error).message };
  }
}

/** A program's own directory, kept by itself. */
async function withoutAgent(site: Site): Promise<void> {
  const init = `countersign client init --data client-own --trust ${site.trustFile} --product Editor`;
  await typed(site, "pc", init, "countersign client activate --data client-own");
  await published(site);
}
