import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { temporaryDirectory } from "./command.ts";
import { playTranscript, readTranscript, type Values } from "./transcript.ts";
import { startValues, titleOf } from "./transcript-values.ts";

const TRANSCRIPTS = new URL("./transcripts/doctor/", import.meta.url);
const PROLOGUE = new URL("./transcripts/slmgr/a-site.prologue", import.meta.url);
const FILES = readdirSync(TRANSCRIPTS).filter((name) => name.endsWith(".txt"));
const read = (file: URL) => readTranscript(readFileSync(file, "utf8"));

const KEY = {
  name: "host-key.",
  algorithm: "hmac-sha256",
  secretBase64: "dGhlIHNlY3JldCBvZiB0aGUgZG9jdG9yIQ==",
} as const;
const ZONES = [
  {
    name: "corp.test",
    records: ["kms A 127.0.0.1"],
    updatePolicy: [
      `grant ${KEY.name} name _countersign._tcp.corp.test. SRV`,
      `grant ${KEY.name} subdomain _sub._countersign._tcp.corp.test. SRV`,
    ],
  },
];

describe("the doctor of a site with DNS", { skip: withoutBind }, () => {
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
      const bind = await startBind({ zones: ZONES, keys: [KEY] });
      servers.push(bind);
      const values: Values = new Map([...site.values, ["here", directory], ["dnsSecret", KEY.secretBase64]]);
      values.set("dns", bind.server).set("dnsPort", String(bind.port));
      await playTranscript(read(new URL(name, TRANSCRIPTS)), directory, values);
    });
  }
});
