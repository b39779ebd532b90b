import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { agentPlacesIn } from "@countersign/client/node";
import { Machine, METHODS, openGate, Peer } from "../src/index.ts";

const PAGE = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "protocol", "agent-socket.md"), "utf8");

/** An agent without publishers, as far as a page needs one. */
function peerOf(sent: string[]): Peer {
  const settings = { change: async () => undefined, problems: () => [] };
  const machine = new Machine(
    () => Promise.reject(new Error("no trust file is given to it")),
    settings,
    () => () => undefined,
  );
  return new Peer({
    ...{
      machine,
      reload: async () => [],
      problems: () => [],
      history: () => [],
      access: "everybody",
      gate: openGate,
      softwareVersion: "0.1.0",
    },
    send: (message) => sent.push(JSON.stringify(message)),
    onFault: (fault) => assert.fail(String(fault)),
  });
}

describe("the page of the agent's sockets", () => {
  it("lists every method under who may call it, and no other", () => {
    const [, everybody = "", root = ""] =
      /## Methods for everybody\n([\s\S]*)## Methods for root\n([\s\S]*)/.exec(PAGE) ?? [];
    const named = (part: string) => [...part.matchAll(/^### `([a-z-]+)`$/gm)].map((match) => match[1]);
    const ofAccess = (access: string) => Object.keys(METHODS).filter((name) => METHODS[name]?.access === access);
    assert.deepEqual(named(everybody).sort(), ["hello", "subscribe", ...ofAccess("everybody")].sort());
    assert.deepEqual(named(root).sort(), ofAccess("root").sort());
  });

  it("shows an exchange that an agent answers byte for byte", async () => {
    const lines = /```\n([\s\S]*?)```/.exec(PAGE)?.[1]?.trimEnd().split("\n") ?? [];
    assert.equal(lines.length, 4);
    const sent: string[] = [];
    const peer = peerOf(sent);
    for (const request of lines.filter((_, i) => i % 2 === 0)) await peer.take(request);
    assert.deepEqual(
      sent,
      lines.filter((_, i) => i % 2 === 1),
    );
  });

  it("names the sockets as they are called", () => {
    for (const path of Object.values(agentPlacesIn("/run/countersign"))) assert.ok(PAGE.includes(`\`${path}\``), path);
  });
});
