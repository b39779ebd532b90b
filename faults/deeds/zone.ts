import { SERVICE, type Site, zones } from "../site.ts";
import { type Change, type Deeds, typed } from "./deed.ts";

/** The record set of a domain, both names: the generic one and the publisher's own. */
async function ownersOf(site: Site): Promise<readonly string[]> {
  const zone = await site.dns().transfer("corp.test");
  return zone.filter((line) => line.includes(" SRV ")).map((line) => line.split(" ")[0] ?? "");
}

/** `data` in place of what is there; none = nothing is there. */
async function replaced(site: Site, ...data: readonly string[]): Promise<void> {
  const owners = await ownersOf(site);
  const lines = owners.flatMap((owner) => [
    `delete ${owner} SRV`,
    ...data.map((record) => `add ${owner} 300 SRV ${record}`),
  ]);
  await site.dns().update(...lines);
}

async function added(site: Site, data: string): Promise<void> {
  await site.dns().update(...(await ownersOf(site)).map((owner) => `add ${owner} 300 SRV ${data}`));
}

const records =
  (...data: readonly string[]): Change =>
  (site) =>
    replaced(site, ...data);
const KMS = "0 0 1688 kms.corp.test.";

/** What the DNS server holds, changed on it by somebody. */
export const ZONED: Deeds = {
  "srv-missing": { inject: records(), mendAt: "kms" },
  "srv-elsewhere": {
    inject: async (site) => {
      const owners = await ownersOf(site);
      await replaced(site);
      await site
        .dns()
        .update(...owners.map((owner) => `add ${owner.replace("corp.test", "other.test")} 300 SRV ${KMS}`));
    },
  },
  "srv-stale": { inject: (site) => added(site, "0 0 1688 kms2.corp.test."), mendAt: "kms" },
  "srv-old-port": { inject: (site) => added(site, "0 0 1700 kms.corp.test."), mendAt: "kms" },
  "srv-wrong-port": { inject: records("0 0 1999 kms.corp.test."), mendAt: "kms" },
  "srv-target-unresolved": { inject: records("0 0 1688 gone.corp.test."), mendAt: "kms" },
  "srv-declined": { inject: records("0 0 0 ."), mendAt: "kms" },
  "zone-broken": {
    ...{ without: ["dns"], isUnpublished: true },
    prepare: (site) => site.serveDns({ zones: [{ name: "corp.test", records: ["kms A not-an-address"] }] }),
    inject: (site) => typed(site, "pc", "countersign slmgr /ckhc"),
  },
  "lookup-domain-empty": { inject: (site) => typed(site, "pc", "countersign slmgr /skms-domain other.test") },
  "lookup-domain-unknown": { inject: (site) => typed(site, "pc", "countersign slmgr /skms-domain typo.corp.test") },
  "rogue-host": {
    // A host that was made, and never keyed nor activated.
    prepare: (site) =>
      typed(
        site,
        "kms2",
        "rm -rf lib/host etc/host.yaml",
        "countersign host init",
        `countersign host trust add ${site.trustFile}`,
      ),
    inject: async (site) => {
      await site.serve("kms2");
      await replaced(site, "0 1000 1688 kms2.corp.test.", KMS);
    },
    mendAt: "kms",
  },
  "record-taken": { inject: records() },
  "record-differs": { inject: records("0 0 1700 kms.corp.test.") },
  "record-of-another": { inject: records("0 0 1688 kms2.corp.test.") },
  "publishing-refused": {
    ...{ without: ["dns"], isUnpublished: true },
    prepare: (site) => site.serveDns({ zones: zones({ updatePolicy: [`grant another. name ${SERVICE}. SRV`] }) }),
  },
};
