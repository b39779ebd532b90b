import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { temporaryDirectory } from "./command.ts";
import { playTranscript, readTranscript, type Values } from "./transcript.ts";
import { startValues, titleOf } from "./transcript-values.ts";

const TRANSCRIPTS = new URL("./transcripts/slmgr/", import.meta.url);
const FILES = readdirSync(TRANSCRIPTS).filter((name) => name.endsWith(".txt"));
const read = (name: string) => readTranscript(readFileSync(new URL(name, TRANSCRIPTS), "utf8"));

describe("slmgr", { concurrency: 2 }, () => {
  const site = { directory: temporaryDirectory(), values: new Map() as Values };

  before(async () => {
    site.values = await startValues(site.directory);
    await playTranscript(read("a-site.prologue"), site.directory, site.values);
  });

  it("has transcripts", () => assert.ok(FILES.length > 5));

  for (const name of FILES) {
    it(titleOf(name), async () => {
      const directory = temporaryDirectory();
      // Modes too: a key directory that others may read is refused.
      execFileSync("cp", ["-a", `${site.directory}/.`, directory]);
      await playTranscript(read(name), directory, new Map([...site.values, ...(await startValues(directory))]));
    });
  }
});
