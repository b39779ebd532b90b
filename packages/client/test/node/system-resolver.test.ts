import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after, before, describe, it, type TestContext } from "node:test";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { systemResolver } from "../../src/node/system-resolver.ts";

const resolver = systemResolver();
const srv = (count: number) =>
  Array.from({ length: count }, (_, i) => `many SRV ${i} ${i} ${1000 + i} h${i}.example.test.`);

describe("names in a real BIND", { skip: withoutBind }, () => {
  let bind: BindServer;
  const services = (name: string) => resolver.services(`${name}.example.test`, [bind.server]);
  const addresses = (host: string) => resolver.addresses(host, { servers: [bind.server], isWhole: true });

  before(async () => {
    bind = await startBind({
      zones: [
        {
          name: "example.test",
          records: [
            "_countersign._tcp SRV 10 5 1688 kms",
            "_declined._tcp SRV 0 0 0 .",
            "_alias._tcp CNAME _countersign._tcp",
            "_dangling._tcp CNAME nowhere",
            "_loop._tcp CNAME _loop2._tcp",
            "_loop2._tcp CNAME _loop._tcp",
            "_text._tcp TXT hello",
            ...srv(300),
            "kms A 127.0.0.7",
            "kms AAAA ::7",
            "six AAAA ::6",
            "text TXT hello",
            ...Array.from({ length: 10 }, (_, i) => `ten A 127.0.1.${i}`),
          ],
        },
      ],
    });
  });
  after(() => bind.stop());

  it("gives SRV records with their four parts, and the target `.` as the empty name", async () => {
    const target = { priority: 10, weight: 5, port: 1688, target: "kms.example.test" };
    assert.deepEqual(await services("_countersign._tcp"), { kind: "found", records: [target] });
    const declined = { priority: 0, weight: 0, port: 0, target: "" };
    assert.deepEqual(await services("_declined._tcp"), { kind: "found", records: [declined] });
  });

  it("follows a CNAME at the name, and ends at one that leads nowhere or round in a circle", async () => {
    const found = await services("_alias._tcp");
    assert.deepEqual(found.kind === "found" && found.records.map(({ target }) => target), ["kms.example.test"]);
    assert.equal((await services("_dangling._tcp")).kind, "none");
    assert.notEqual((await services("_loop._tcp")).kind, "found");
  });

  it("tells a name that is not there from one without such records", async () => {
    assert.deepEqual(await services("_nothing._tcp"), { kind: "none", reason: "DNS_NAME_NOT_FOUND" });
    assert.deepEqual(await services("_text._tcp"), { kind: "none", reason: "DNS_NO_RECORDS" });
    assert.deepEqual(await addresses("nothing.example.test"), { kind: "none", reason: "DNS_NAME_NOT_FOUND" });
    assert.deepEqual(await addresses("text.example.test"), { kind: "none", reason: "DNS_NO_RECORDS" });
  });

  it("gets 300 records whole: what does not fit in a datagram comes over TCP", async () => {
    const found = await services("many");
    assert.equal(found.kind === "found" && new Set(found.records.map(({ target }) => target)).size, 300);
  });

  it("gives addresses of both families in turn, and all of ten", async () => {
    assert.deepEqual(await addresses("kms.example.test"), { kind: "found", records: ["::7", "127.0.0.7"] });
    assert.deepEqual(await addresses("six.example.test"), { kind: "found", records: ["::6"] });
    const ten = await addresses("ten.example.test");
    assert.equal(ten.kind === "found" && ten.records.length, 10);
  });

  it("names a server that refuses", async () => {
    const outside = await resolver.services("_countersign._tcp.elsewhere.test", [bind.server]);
    assert.deepEqual(outside, { kind: "failed", reason: "DNS_SERVER_FAILURE", detail: "refused" });
  });

  it("is asked under the names given and no others: no search list, no shorter domain", async () => {
    assert.deepEqual(await resolver.services("_countersign._tcp", [bind.server]), {
      ...{ kind: "failed", reason: "DNS_SERVER_FAILURE", detail: "refused" },
    });
    assert.equal((await services("_countersign._tcp.sub")).kind, "none");
  });
});

/** Somebody on a UDP port who answers with what `reply` makes of the question. */
async function lyingServer(t: TestContext, reply: (question: Buffer) => Buffer | undefined) {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  const seen: Buffer[] = [];
  socket.on("message", (question, from) => {
    seen.push(question);
    const answer = reply(question);
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { server: `127.0.0.1:${socket.address().port}`, seen };
}

/** The question with flags and counts of an answer, and `rest` behind it. */
function answerTo(question: Buffer, { flags = 0x8180, answers = 1, rest = Buffer.alloc(0) } = {}): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(answers, 6);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, rest]);
}

const LIES: readonly (readonly [string, (question: Buffer) => Buffer | undefined, RegExp])[] = [
  ["says nothing", () => undefined, /no answer in time/],
  ["answers SERVFAIL", (question) => answerTo(question, { flags: 0x8182, answers: 0 }), /SERVFAIL/],
  ["sends half a header", (question) => question.subarray(0, 7), /./],
  ["promises an answer that is not there", (question) => answerTo(question, { answers: 9 }), /./],
  ["points into itself", (question) => answerTo(question, { rest: Buffer.from("c00cc00cc00c", "hex") }), /./],
  [
    "gives a record that is longer than its datagram",
    (question) => answerTo(question, { rest: Buffer.from("c00c00210001000000ffffff0001", "hex") }),
    /./,
  ],
  [
    "answers another question's id",
    (question) => Buffer.concat([Buffer.from("0000", "hex"), answerTo(question).subarray(2)]),
    /./,
  ],
];

describe("a DNS server that lies", () => {
  for (const [what, reply, detail] of LIES) {
    it(`and ${what} is a failure, within its time`, async (t) => {
      const { server, seen } = await lyingServer(t, reply);
      const answer = await resolver.services("_countersign._tcp.example.test", [server]);
      assert.ok(answer.kind !== "found", JSON.stringify(answer));
      assert.ok(answer.kind === "none" || detail.test(answer.detail), JSON.stringify(answer));
      assert.ok(seen.length > 0);
    });
  }

  it("and cannot be reached at all is a failure with a reason, as one that is no address", async () => {
    for (const server of ["127.0.0.1:1", "not an address"]) {
      const answer = await resolver.services("_countersign._tcp.example.test", [server]);
      assert.equal(answer.kind, "failed", server);
    }
  });
});

describe("a host's name", () => {
  it("that is an address needs no server; one of one label is the machine's own matter", async () => {
    const nowhere = { servers: ["127.0.0.1:1"], isWhole: true };
    for (const address of ["192.0.2.1", "::1"])
      assert.deepEqual(await resolver.addresses(address, nowhere), { kind: "found", records: [address] });
    const local = await resolver.addresses("localhost", nowhere);
    assert.ok(local.kind === "found" && local.records.every((address) => ["127.0.0.1", "::1"].includes(address)));
  });
});
