import { readFileSync } from "node:fs";
import { anotherMachine, hostYaml, published, type Site } from "../site.ts";
import { type Change, type Deeds, typed } from "./deed.ts";

const TWINS = 12;

/** Lines typed on the client's machine, or on the host's. */
const onClient =
  (...lines: readonly string[]): Change =>
  (site) =>
    typed(site, "pc", ...lines);
const onHost =
  (...lines: readonly string[]): Change =>
  (site) =>
    typed(site, "kms", ...lines);

/** A host that is made anew, up to the line named; the record of the one before stands. */
const freshHost = (site: Site, machine: "kms" | "kms2", ...lines: readonly string[]) =>
  typed(site, machine, "rm -rf lib/host", "countersign host init", ...lines.map((line) => `countersign host ${line}`));

const hostKey = async (site: Site) => ({ "HOST-KEY": readFileSync(site.hostKeyFile, "utf8").trim() });
const setupKey = async (site: Site) => ({ "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX": await site.setupKey("Editor") });

/** What people bring about with the product's own commands. */
export const COMMANDED: Deeds = {
  "host-key-missing": { inject: onHost("countersign slmgr /upk"), fill: hostKey },
  "host-not-activated": {
    isUnpublished: true,
    prepare: (site) => freshHost(site, "kms", `trust add ${site.trustFile}`, `key install - < ${site.hostKeyFile}`),
  },
  "publishing-off": { inject: onHost("countersign slmgr /cdns", "countersign host dns unpublish") },
  "unpublished-by-hand": { inject: onHost("countersign host dns unpublish") },
  "port-moved-unpublished": {
    inject: async (site) => {
      await typed(site, "kms", "countersign slmgr /cdns", "countersign slmgr /sprt 1700");
      await site.stop("kms");
      await site.serve("kms");
    },
  },
  "setup-key-missing": { inject: onClient("countersign slmgr /upk"), fill: setupKey },
  "both-host-and-domain": {
    inject: onClient("countersign slmgr /skms kms2.corp.test", "countersign slmgr /skms-domain corp.test"),
  },
  "fixed-host-on-old-port": { inject: onClient("countersign slmgr /skms kms.corp.test:1999") },
  "fixed-host-misspelt": { inject: onClient("countersign slmgr /skms kmss.corp.test") },
  "product-not-covered": {
    inject: async (site) => {
      await typed(site, "pc", `countersign slmgr /ipk ${await site.setupKey("Editor Next")}`);
      await site.type("pc", "countersign slmgr /ato");
    },
  },
  "too-few-machines": {
    inject: async (site) => {
      await anotherMachine(site, "vendor", "Studio");
      await typed(site, "pc", `countersign slmgr /ipk ${await site.setupKey("Studio")}`);
      await site.type("pc", "countersign slmgr /ato");
    },
  },
  "cloned-cmids": { inject: twins },
  "count-split": { prepare: twoHosts, inject: oneEach },
  "loopback-only": {
    prepare: (site) =>
      site.write("kms", "etc/host.yaml", `${hostYaml()}listenAddress: 127.0.0.1\nadminListenAddress: 127.0.0.1\n`),
  },
};

/** One client directory in an image, generalized by nobody; each copy asks under a name of its own. */
async function twins(site: Site): Promise<void> {
  const { stdout } = await site.type("kms2", "ls -d client-editor");
  const image = stdout.trim();
  for (let i = 1; i <= TWINS; i++) {
    const line = `cp -a ${image} twin-${i} && hostname lab-${i}.corp.test && countersign client activate --data twin-${i}`;
    await site.type("kms2", line);
  }
}

async function twoHosts(site: Site): Promise<void> {
  const lines = [`trust add ${site.trustFile}`, `key install - < ${site.hostKeyFile}`, "activate"];
  await site.serve("vendor");
  for (const host of ["kms", "kms2"] as const) await freshHost(site, host, ...lines);
  await site.stop("vendor");
}

/** Each host has seen one machine, and two are required. */
async function oneEach(site: Site): Promise<void> {
  await site.serve("kms2");
  await published(site, "kms2");
  await typed(site, "kms2", "rm -rf client-editor");
  await site.type(
    "kms2",
    `countersign client init --data client-editor --trust ${site.trustFile} --product Editor --host kms2.corp.test`,
  );
  await site.type("kms2", "countersign client activate --data client-editor");
  await typed(site, "pc", `countersign slmgr /ipk ${await site.setupKey("Editor")}`);
  await site.type("pc", "countersign slmgr /ato");
}
