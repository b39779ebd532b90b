import { SERVICE, type Site } from "../site.ts";
import { type Deeds, typed } from "./deed.ts";

const NO_CACHE = "countersign slmgr /ckhc";
/** Has the host's port and says so. */
export const WEB_SERVER = `node -e 'require("http").createServer((_, a) => a.end("<h1>It works</h1>")).listen(1688, () => console.log("up"))'`;

/** Processes that end from one moment to the next. */
export const KILLED: Deeds = {
  "host-stopped": { inject: (site) => site.kill("kms") },
  "host-stopped-orderly": { inject: (site) => site.stop("kms") },
  "host-killed-at-work": { inject: killedAtWork },
  "host-start-failed": { inject: failedStart },
  "host-gone": { inject: (site) => site.kill("kms"), mendAt: "kms" },
  "host-gone-asked": {
    inject: async (site) => {
      await typed(site, "pc", NO_CACHE);
      await site.kill("kms");
      await site.type("pc", "countersign slmgr /ato");
    },
    mendAt: "kms",
  },
  "agent-stopped": { inject: (site) => site.kill("agent") },
  "agent-stopped-orderly": { inject: (site) => site.stop("agent") },
  "fixed-host-gone": { inject: (site) => typed(site, "pc", "countersign slmgr /skms kms2.corp.test:1688") },
  "fixed-host-gone-by-address": { inject: (site) => typed(site, "pc", "countersign slmgr /skms 10.77.0.12:1688") },
  "dns-down": {
    inject: async (site) => {
      await typed(site, "pc", NO_CACHE);
      await site.kill("dns");
    },
  },
  "publisher-down": { without: ["vendor", "agent"], isUnpublished: true, prepare: inTwoYears, inject: attended },
  "wrong-service": {
    inject: async (site) => {
      await site.kill("kms");
      await site.leave("kms", WEB_SERVER);
    },
    mendAt: "kms",
  },
};

async function killedAtWork(site: Site): Promise<void> {
  const asked = site.type("pc", "countersign slmgr /ato");
  await site.kill("kms");
  await asked;
}

/** Something had the port when the host was to start, and has it no more. */
async function failedStart(site: Site): Promise<void> {
  await site.stop("kms");
  const isFree = await site.leave("kms", WEB_SERVER);
  const { code } = await site.type("kms", "countersign host serve");
  if (code === 0) throw new Error("expected the host not to start where its port is taken, found that it did");
  await isFree();
}

/** Two thirds of the certificate's three years are over; the records are kept by hand, since DNS has not come that far. */
export function inTwoYears(site: Site): void {
  site.setClock("kms", "+800d");
  site.write("kms", "etc/host.yaml", "dnsPublishing: off\n");
}

/** What its administrator then does: writes the record, and vouches for a clock that went on while the host was off. */
export async function attended(site: Site): Promise<void> {
  await site.dns().update(`add ${SERVICE} 3600 SRV 0 0 1688 kms.corp.test.`);
  await typed(site, "kms", "countersign host clock accept");
}
