import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { temporaryDirectory } from "./command.ts";
import { playTranscript, readTranscript, readTutorial } from "./transcript.ts";
import { startValues, titleOf } from "./transcript-values.ts";

const TUTORIAL = new URL("../../../docs/tutorials/ten-minutes.md", import.meta.url);
const TRANSCRIPTS = new URL("./transcripts/", import.meta.url);

describe("what a person types and sees", { concurrency: 2 }, () => {
  for (const name of readdirSync(TRANSCRIPTS).filter((file) => file.endsWith(".txt"))) {
    it(titleOf(name), async () => {
      const directory = temporaryDirectory();
      const steps = readTranscript(readFileSync(new URL(name, TRANSCRIPTS), "utf8"));
      await playTranscript(steps, directory, await startValues(directory));
    });
  }

  it("the tutorial of ten minutes, word for word but for the ports", async () => {
    const directory = temporaryDirectory();
    const page = readFileSync(TUTORIAL, "utf8");
    const steps = readTutorial(page, { 1688: "hostPort", 1689: "healthPort", 1690: "publisherPort" });
    assert.ok(steps.length > 15, `${steps.length} commands`);
    await playTranscript(steps, directory, await startValues(directory));
  });
});
