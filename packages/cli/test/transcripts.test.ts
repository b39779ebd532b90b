import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { temporaryDirectory } from "./command.ts";
import { playTranscript, readTranscript, readTutorial, type Values } from "./transcript.ts";

const TUTORIAL = new URL("../../../docs/tutorials/ten-minutes.md", import.meta.url);
const TRANSCRIPTS = new URL("./transcripts/", import.meta.url);

/** Ports nobody has, and where the transcript plays. */
async function startValues(directory: string): Promise<Values> {
  const values: Values = new Map([["here", directory]]);
  const servers = [];
  for (const name of ["publisherPort", "hostPort", "healthPort", "nobodysPort"]) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    values.set(name, String((server.address() as AddressInfo).port));
    servers.push(server);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return values;
}

describe("what a person types and sees", { concurrency: 2 }, () => {
  for (const name of readdirSync(TRANSCRIPTS)) {
    it(name.replace(/\.txt$/, "").replaceAll("-", " "), async () => {
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
