import { closeSync, cpSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { hostYaml, type Site } from "../site.ts";
import { type Deed, type Deeds, typed } from "./deed.ts";

const STORE = "lib/host/host.db";

/** The host is tried to be started with what is there; its log says why it does not. */
const started = async (site: Site): Promise<void> => {
  const { code } = await site.type("kms", "timeout 20 countersign host serve");
  if (code === 0) throw new Error("expected the host not to start, found that it did");
};

/** With such a configuration from the start. */
const configured = (yaml: string): Deed => ({
  isUnpublished: true,
  prepare: (site) => site.write("kms", "etc/host.yaml", yaml),
});

const OTHER_SECRET = Buffer.from("not the secret of the site, also thirty-two").toString("base64");

/** Files, and the file systems they lie on. */
export const FILED: Deeds = {
  "publishing-badkey": configured(hostYaml(OTHER_SECRET)),
  "publishing-unknown-key": configured(hostYaml().replace("name: host-key", "name: another-key")),
  "configuration-invalid": {
    ...{
      without: ["kms"],
      prepare: (site) => site.write("kms", "etc/host.yaml", `${hostYaml()}listenAdress: 0.0.0.0\n`),
    },
    inject: started,
  },
  "store-damaged": { ...{ without: ["kms"], prepare: (site) => overwrite(site.place("kms", STORE)) }, inject: started },
  "store-newer": {
    ...{ without: ["kms"], prepare: (site) => laterVersion(site.place("kms", STORE)) },
    inject: started,
  },
  "disk-full": {
    prepare: (site) => site.mount("kms", "lib", "size=16m"),
    inject: async (site) => {
      await site.type("kms", "dd if=/dev/zero of=lib/host/rest bs=4096 2>/dev/null");
      await site.type("kms", "countersign slmgr /sai 120");
    },
  },
  "store-read-only": { ...{ without: ["kms"], prepare: (site) => site.mount("kms", "lib", "ro") }, inject: started },
  "key-files-open": { inject: (site) => typed(site, "kms", "chmod -R a+r lib/host/keys") },
  "client-store-unwritable": {
    without: ["agent"],
    prepare: (site) => site.mount("pc", "lib", "ro"),
    inject: async (site) => void (await site.type("pc", "timeout 10 countersign agent serve")),
  },
  "store-copied": {
    // A running agent would ask a host at once and be well; a program asks when it is next used.
    inject: async (site) => {
      await typed(site, "kms2", "countersign client activate --data client-editor");
      cpSync(site.place("kms2", "client-editor"), site.place("pc", "client-copied"), { recursive: true });
    },
    words: "--data client-copied",
  },
  "trust-file-damaged": {
    without: ["agent"],
    prepare: (site) => cutShort(site.place("pc", "etc/trust.d/example.cstrust")),
    inject: async (site) => void (await site.type("pc", "timeout 10 countersign agent serve")),
  },
  "settings-unreadable": {
    prepare: (site) => writeFileSync(site.place("pc", "lib/client/settings.json"), '{"format":1,"host":"kms.co'),
  },
};

/** Some pages of the middle, as a bad disk would. */
function overwrite(path: string): void {
  const file = openSync(path, "r+");
  const noise = Buffer.alloc(512, 0xa5);
  for (let at = 0; at < statSync(path).size; at += 4096) writeSync(file, noise, 0, noise.length, at + 100);
  closeSync(file);
}

function laterVersion(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version=900");
  database.close();
}

function cutShort(path: string): void {
  truncateSync(path, Math.floor(statSync(path).size / 2));
}
