import { describe, it } from "node:test";
import {
  CLIENT_NAME,
  clientEvent,
  DAY_MS,
  HOUR_MS,
  healthyFacts,
  healthyHost,
  hostEvent,
  withClient,
  withHost,
  without,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const NEWER = { reason: "STORE_NEWER", detail: "host.db has schema 9" };

describe("CS-ENV-001: something is set up here", () => {
  it("a host, a client, or both are enough", () => {
    isGood("CS-ENV-001", healthyFacts({ clients: [] }));
    isGood("CS-ENV-001", healthyFacts({ hosts: [] }));
  });

  it("neither of them is a notice that says how to go on", () => {
    const finding = finds("CS-ENV-001", healthyFacts({ hosts: [], clients: [] }), "NOT_SET_UP");
    says(finding, "notice", {
      cause: /neither a host nor a client is set up on pc-1/,
      advice: /host init.*client init.*--data/,
    });
  });

  it("does not apply to a publisher", () => {
    isMoot("CS-ENV-001", healthyFacts({ hosts: [], clients: [], standpoint: "publisher" }), /publisher/);
  });
});

describe("CS-ENV-002: the host's service runs", () => {
  it("a stopped host is fatal; its remedy starts it with its own directory", () => {
    const finding = finds("CS-ENV-002", withHost({ isRunning: false }), "HOST_STOPPED");
    says(finding, "fatal", {
      cause: /kms1\.corp\.example/,
      remedy: /^countersign host serve --data \/var\/lib\/countersign\/host$/,
    });
  });

  it("says from when on licences end if it stays down", () => {
    // The oldest machine that still asks did so 5 days ago.
    says(finds("CS-ENV-002", withHost({ isRunning: false }), "HOST_STOPPED"), "fatal", { effect: /2027-05-19/ });
  });

  it("a host that started and wrote no end was killed, and one that wrote its end was stopped", () => {
    const killed = withHost({ isRunning: false, events: [hostEvent(902, HOUR_MS)] });
    says(finds("CS-ENV-002", killed, "HOST_STOPPED"), "fatal", { evidence: /wrote no end: it was killed/ });
    const stopped = withHost({
      isRunning: false,
      events: [hostEvent(903, HOUR_MS, { reason: "stop requested" }), hostEvent(902, DAY_MS)],
    });
    says(finds("CS-ENV-002", stopped, "HOST_STOPPED"), "fatal", {
      evidence: /2026-11-25 08:00 UTC: stop requested \(event 903\)/,
    });
  });

  it("a start that failed is told by its reason, with the advice of the table of refusals", () => {
    const finding = finds("CS-ENV-002", withHost({ isRunning: false, startFailure: NEWER }), "HOST_START_FAILED");
    says(finding, "fatal", { cause: /STORE_NEWER/, evidence: /schema 9/, advice: /^update this software/ });
  });

  it("the remedy carries the options and the configuration the host was started with", () => {
    const { settings } = healthyHost();
    const flags = { ...settings, listeningPort: { value: "11688", source: "flag", place: "the option --port" } };
    const changed = withHost({
      isRunning: false,
      settings: flags,
      dataDirectory: "/srv/the host",
      configuration: { path: "/srv/host.yaml", problems: [] },
    });
    says(finds("CS-ENV-002", changed, "HOST_STOPPED"), "fatal", {
      remedy: /^countersign host serve --data '\/srv\/the host' --config \/srv\/host\.yaml --port 11688$/,
    });
  });

  it("does not apply where no host told of itself, though one answers", () => {
    isMoot("CS-ENV-002", withHost({ from: "answer", isRunning: false }), /no host was seen from within/);
  });
});

describe("CS-ENV-003: the machine's agent runs", () => {
  it("a stopped agent is an error; its remedy is the command that starts it", () => {
    says(finds("CS-ENV-003", withClient({ agent: { isRunning: false } }), "AGENT_STOPPED"), "error", {
      cause: /pc-1\.corp\.example/,
      remedy: /^countersign agent serve$/,
    });
    const placed = withClient({ agent: { isRunning: false, command: "countersign agent serve --stores /srv/s" } });
    says(finds("CS-ENV-003", placed, "AGENT_STOPPED"), "error", { remedy: /--stores \/srv\/s$/ });
  });

  it("an agent that could not start says why, and when it ended before", () => {
    const agent = { isRunning: false, startFailure: { reason: "KEY_FILE_MISSING", detail: "machine.key" } };
    const facts = withClient({ agent, events: [clientEvent(903, DAY_MS, { reason: "stop requested" })] });
    says(finds("CS-ENV-003", facts, "AGENT_START_FAILED"), "error", {
      cause: new RegExp(`${CLIENT_NAME} could not start \\(KEY_FILE_MISSING\\)`),
      evidence: /machine\.key/,
    });
  });

  it("does not apply to a program that keeps a store of its own", () => {
    const { clients } = healthyFacts();
    isMoot(
      "CS-ENV-003",
      healthyFacts({ clients: clients.map((client) => without(client, "agent")) }),
      /no machine with an agent/,
    );
  });

  it("a running agent beside a stopped host is good", () => {
    isGood("CS-ENV-003", withHost({ isRunning: false }));
  });
});
