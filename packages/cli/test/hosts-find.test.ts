import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { countersign, temporaryDirectory } from "./command.ts";
import { playTranscript, readTranscript, type Values } from "./transcript.ts";
import { startValues, titleOf } from "./transcript-values.ts";

const TRANSCRIPTS = new URL("./transcripts/hosts/", import.meta.url);
const PROLOGUE = new URL("./transcripts/slmgr/a-site.prologue", import.meta.url);
const FILES = readdirSync(TRANSCRIPTS).filter((name) => name.endsWith(".txt"));
const read = (file: URL) => readTranscript(readFileSync(file, "utf8"));

/** Records of the ports a transcript uses: a host, one nobody activated, one that is gone, and a Microsoft KMS that is off. */
function zoneOf(values: Values) {
  const port = (name: string) => values.get(name) ?? "";
  return {
    name: "corp.test",
    records: [
      `_countersign._tcp SRV 0 10 ${port("hostPort")} kms1`,
      `_countersign._tcp SRV 10 0 ${port("otherPort")} kms2`,
      `_countersign._tcp SRV 10 0 ${port("nobodysPort")} old`,
      `_vlmcs._tcp SRV 0 0 ${port("nobodysPort")} win`,
      ...["kms1", "kms2", "old", "win"].map((name) => `${name} A 127.0.0.1`),
    ],
  };
}

describe("finding hosts", { skip: withoutBind }, () => {
  const site = { directory: temporaryDirectory(), values: new Map() as Values };
  const servers: BindServer[] = [];

  before(async () => {
    site.values = await startValues(site.directory);
    await playTranscript(read(PROLOGUE), site.directory, site.values);
  });

  after(async () => {
    for (const server of servers) await server.stop();
  });

  it("has transcripts", () => assert.ok(FILES.length > 0));

  for (const name of FILES) {
    it(titleOf(name), async () => {
      const directory = temporaryDirectory();
      execFileSync("cp", ["-a", `${site.directory}/.`, directory]);
      // The ports of the prologue: the machine was set up with one of them.
      const values: Values = new Map([...site.values, ["here", directory]]);
      const bind = await startBind({ zones: [zoneOf(values)] });
      servers.push(bind);
      values.set("dns", bind.server);
      await playTranscript(read(new URL(name, TRANSCRIPTS)), directory, values);
    });
  }

  it("a DNS server that does not answer: nothing is known, exit 4", async () => {
    const { directory: home, values } = site;
    const server = `127.0.0.1:${values.get("nobodysPort")}`;
    const words = ["hosts", "find", "--data", "pc", "--domain", "corp.test", "--dns-server", server, "-o", "short"];
    const { code, stdout } = await countersign(words, { home });
    assert.deepEqual([code, stdout], [4, "no host found\n"]);
  });
});
