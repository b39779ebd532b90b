import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { bendingProxy, type Passing, reply } from "./bending-proxy.ts";
import { HOST_KEY, policyFor } from "./published-host.ts";
import { addTo, updaterAt } from "./updater.ts";

/** What the proxy makes of the valid answer; everything else passes as it is. */
type Bend = (answer: Uint8Array, passing: Passing) => Uint8Array | undefined;

const with4 = (answer: Uint8Array, at: number, change: (byte: number) => number) =>
  answer.map((byte, i) => (i === at ? change(byte) : byte));
const rcode =
  (code: number): Bend =>
  (answer) =>
    with4(answer, 3, (byte) => (byte & 0xf0) | code);
/** The question alone with that code, unsigned: what anybody on the path can send. */
const forged =
  (code: number): Bend =>
  (answer) =>
    new Uint8Array([...answer.slice(0, 2), 0xa8, code, ...Array<number>(8).fill(0)]);

describe("an answer that is not as it should be", { skip: withoutBind }, () => {
  let bind: BindServer;
  before(async () => {
    bind = await startBind({
      keys: [HOST_KEY],
      zones: [
        { name: "signed.test", updatePolicy: policyFor("signed.test") },
        { name: "open.test", allowUpdate: ["any"] },
      ],
    });
  });
  after(() => bind?.stop());

  /** Sends one update through a proxy that does that to each answer of an update, or of a question. */
  async function verdict(
    zone: string,
    which: "update" | "question",
    bend: (passing: Passing) => Promise<void>,
    withinMs = 10_000,
  ) {
    const proxy = await bendingProxy(bind, async (passing) => {
      if (passing.isUpdate === (which === "update")) return bend(passing);
      reply(passing.socket, await passing.answer());
    });
    try {
      const change = zone === "open.test" ? { key: undefined } : {};
      const outcome = await updaterAt(proxy.server, {}, withinMs)(addTo(zone, change));
      return outcome.ok ? "done" : outcome.refusal.reason;
    } finally {
      await proxy.stop();
    }
  }
  const bent = (bend: Bend) => async (passing: Passing) => {
    const answer = bend(await passing.answer(), passing);
    if (answer !== undefined) reply(passing.socket, answer);
  };

  it("is accepted as it is through the same proxy", async () => {
    for (const zone of ["signed.test", "open.test"])
      for (const which of ["update", "question"] as const)
        assert.equal(
          await verdict(
            zone,
            which,
            bent((answer) => answer),
          ),
          "done",
        );
  });

  const SIGNED: Readonly<Record<string, readonly [Bend, string]>> = {
    "another id": [(answer) => with4(answer, 0, (byte) => byte ^ 1), "DNS_BAD_PACKET"],
    "a bit of the MAC": [(answer) => with4(answer, answer.length - 10, (byte) => byte ^ 1), "DNS_BAD_PACKET"],
    "another code under the same signature": [rcode(5), "DNS_BAD_PACKET"],
    "a yes without a signature": [forged(0), "DNS_UPDATE_UNCONFIRMED"],
    "the question itself": [(_, { question }) => question, "DNS_BAD_PACKET"],
    "no byte at all": [() => new Uint8Array(), "DNS_BAD_PACKET"],
    "half of it": [(answer) => answer.slice(0, answer.length >> 1), "DNS_BAD_PACKET"],
    "a byte more": [(answer) => new Uint8Array([...answer, 0]), "DNS_BAD_PACKET"],
    "65535 bytes": [() => new Uint8Array(65_535).fill(0xc0), "DNS_BAD_PACKET"],
  };
  for (const [what, [bend, reason]] of Object.entries(SIGNED))
    it(`signed: ${what}: ${reason}`, async () =>
      assert.equal(await verdict("signed.test", "update", bent(bend)), reason));

  const UNSIGNED: Readonly<Record<string, readonly [Bend, string]>> = {
    FORMERR: [rcode(1), "DNS_SERVER_FAILURE"],
    SERVFAIL: [rcode(2), "DNS_SERVER_FAILURE"],
    NOTIMP: [rcode(4), "DNS_NOT_IMPLEMENTED"],
    REFUSED: [rcode(5), "DNS_REFUSED"],
    NOTAUTH: [rcode(9), "DNS_NOT_AUTHORITATIVE"],
    NOTZONE: [rcode(10), "DNS_NOT_ZONE"],
    "a code nobody knows": [rcode(15), "DNS_SERVER_FAILURE"],
    "a truncated answer": [(answer) => with4(answer, 2, (byte) => byte | 2), "DNS_BAD_PACKET"],
    "an answer to a question": [(answer) => with4(answer, 2, (byte) => byte & 0x87), "DNS_BAD_PACKET"],
  };
  for (const [what, [bend, reason]] of Object.entries(UNSIGNED))
    it(`unsigned: ${what}: ${reason}`, async () =>
      assert.equal(await verdict("open.test", "update", bent(bend)), reason));

  it("a liar that says yes and does nothing is found out by the zone", async () => {
    await bind.update("delete _countersign._tcp.open.test SRV");
    const liar = async ({ question, socket }: Passing) => reply(socket, forged(0)(question, {} as Passing) ?? question);
    assert.equal(await verdict("open.test", "update", liar), "DNS_UPDATE_UNCONFIRMED");
  });

  const QUESTIONS: Readonly<Record<string, readonly [Bend, string]>> = {
    "a loop of pointers": [
      (answer) => new Uint8Array([...answer.slice(0, 12), 0xc0, 12, ...answer.slice(14)]),
      "DNS_BAD_PACKET",
    ],
    "another name": [(answer) => with4(answer, 14, (byte) => byte ^ 1), "DNS_BAD_PACKET"],
    "no record of a zone": [
      (answer, { question }) =>
        new Uint8Array([...answer.slice(0, 3), 0, 0, 1, 0, 0, 0, 0, 0, 0, ...question.slice(12)]),
      "DNS_ZONE_NOT_FOUND",
    ],
    "a failure": [rcode(2), "DNS_SERVER_FAILURE"],
    "a refusal to be asked": [rcode(5), "DNS_ZONE_NOT_FOUND"],
    "a truncated answer": [(answer) => with4(answer, 2, (byte) => byte | 2), "DNS_BAD_PACKET"],
  };
  for (const [what, [bend, reason]] of Object.entries(QUESTIONS))
    it(`when the zone is looked for: ${what}: ${reason}`, async () =>
      assert.equal(await verdict("signed.test", "question", bent(bend)), reason));

  const WIRES: Readonly<Record<string, (passing: Passing) => Promise<void>>> = {
    "says nothing": async () => {},
    "closes at once": async ({ socket }) => void socket.destroy(),
    "ends politely without a word": async ({ socket }) => void socket.end(),
    "promises more bytes than come": async ({ socket, answer }) => {
      const bytes = await answer();
      socket.end(new Uint8Array([0xff, 0xff, ...bytes]));
    },
    "sends one byte of the length": async ({ socket }) => void socket.write(new Uint8Array([0])),
  };
  for (const [what, wire] of Object.entries(WIRES))
    for (const which of ["update", "question"] as const)
      it(`a server that ${what} at the ${which}: DNS_SERVER_UNREACHABLE, within its time`, async () =>
        assert.equal(await verdict("signed.test", which, wire, 400), "DNS_SERVER_UNREACHABLE"));

  it("a server that drips a byte at a time is silent in the end", async () => {
    const drip = async ({ socket, answer }: Passing) => {
      const bytes = await answer();
      const whole = new Uint8Array([bytes.length >> 8, bytes.length & 255, ...bytes]);
      let at = 0;
      const next = () => {
        if (at < whole.length && !socket.destroyed) socket.write(whole.subarray(at, ++at), () => setTimeout(next, 20));
      };
      next();
    };
    assert.equal(await verdict("signed.test", "update", drip, 400), "DNS_SERVER_UNREACHABLE");
  });
});
