import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hresultText, REFUSALS } from "@countersign/domain";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { type Exchange, exchangeOverTcp } from "../../src/node/dns/tcp-exchange.ts";
import { HOST_KEY, policyFor, servicesIn } from "./published-host.ts";
import { addTo, keyOf, recordIn, updaterAt } from "./updater.ts";

const KEY_384 = { ...HOST_KEY, name: "key-384.", algorithm: "hmac-sha384" } as const;
const KEY_512 = { ...HOST_KEY, name: "key-512.", algorithm: "hmac-sha512" } as const;
const OTHERS = ["_countersign._tcp 900 SRV 0 0 1688 other", "_countersign._tcp 900 SRV 1 2 1700 third.other.test."];

describe("an update of a real zone", { skip: withoutBind }, () => {
  let bind: BindServer;
  before(async () => {
    const many = Array.from({ length: 300 }, (_, i) => `_countersign._tcp 300 SRV ${i} 1 1688 host-${i}`);
    bind = await startBind({
      keys: [HOST_KEY, KEY_384, KEY_512],
      zones: [
        ...["plain.test", "alias.test", "many.test"].map((name) => ({
          ...{ name, updatePolicy: policyFor(name) },
          records: name === "alias.test" ? ["_countersign._tcp CNAME elsewhere"] : name === "many.test" ? many : [],
        })),
        { name: "algorithms.test", allowUpdate: [`key ${KEY_384.name}`, `key ${KEY_512.name}`] },
        { name: "open.test", allowUpdate: ["any"], records: OTHERS },
        { name: "closed.test" },
        { name: "top" },
        // The primary named first does not listen, the second knows nothing of the zone, the third is it.
        {
          ...{ name: "moved.test", updatePolicy: policyFor("moved.test"), mname: "gone" },
          nameServers: ["gone", "stranger", "ns"],
          records: ["gone A 127.0.0.3", "stranger A 127.0.0.2"],
        },
      ],
    });
  });
  after(() => bind?.stop());

  it("is confirmed by the zone itself, under each algorithm", async () => {
    const done = { server: bind.server, ok: true, ttlS: 3600 };
    assert.deepEqual(await updaterAt(bind.server)(addTo("plain.test")), done);
    assert.deepEqual(await servicesIn(bind, "plain.test"), [
      "_countersign._tcp.plain.test. 3600 IN SRV 0 0 1688 kms.example.test.",
    ]);
    for (const key of [KEY_384, KEY_512])
      assert.deepEqual(await updaterAt(bind.server)(addTo("algorithms.test", { key: keyOf(key) })), done, key.name);
  });

  it("is seen by dig as it was published", async () => {
    const record = recordIn("plain.test", { priority: 3, weight: 7, port: 1700, target: "two.example.test" });
    await updaterAt(bind.server)(addTo("plain.test", { ttlS: 60 }, [record]));
    assert.ok(
      (await bind.query("_countersign._tcp.plain.test", "SRV")).some((line) =>
        line.endsWith(" IN SRV 3 7 1700 two.example.test."),
      ),
    );
    await updaterAt(bind.server)({ ...addTo("plain.test", {}, []), remove: [record] });
    assert.ok(!(await bind.query("_countersign._tcp.plain.test", "SRV")).some((line) => line.includes("two.")));
  });

  it("is refused by name and code when something about its key is wrong", async () => {
    const right = keyOf(HOST_KEY);
    const cases = [
      ["DNS_BADSIG", "0x80072338", { key: { ...right, secret: new Uint8Array(32) } }],
      ["DNS_BADKEY", "0x80072339", { key: { ...right, name: "nobody." } }],
      ["DNS_BADKEY", "0x80072339", { key: { ...right, algorithm: "hmac-sha512" } }],
      ["DNS_REFUSED", "0x8007232D", { key: undefined }],
    ] as const;
    const before = await bind.transfer("plain.test");
    for (const [reason, code, change] of cases) {
      const outcome = await updaterAt(bind.server)(addTo("plain.test", change));
      assert.equal(outcome.ok ? "done" : outcome.refusal.reason, reason, JSON.stringify(change));
      assert.equal(hresultText(REFUSALS[reason].code), code);
      assert.equal(outcome.server, bind.server);
    }
    assert.deepEqual(await bind.transfer("plain.test"), before);
  });

  it("says by how much the clocks differ and what the server's says", async () => {
    for (const [offMs, text] of [
      [20 * 60_000, /20 min ahead, the server's clock says 20\d\d-/],
      [-2 * 3_600_000, /120 min behind/],
    ] as const) {
      const outcome = await updaterAt(bind.server, { wallMs: () => Date.now() + offMs })(addTo("plain.test"));
      assert.equal(outcome.ok ? "" : outcome.refusal.reason, "DNS_BADTIME");
      assert.match(outcome.ok ? "" : outcome.refusal.message, text);
    }
    const within = await updaterAt(bind.server, { wallMs: () => Date.now() + 280_000 })(addTo("plain.test"));
    assert.equal(within.ok, true, "within 300 s a clock may be off");
  });

  it("is refused where the zone lets nobody in, where a CNAME stands, and where there is no zone", async () => {
    const cases = [
      ["closed.test", "DNS_REFUSED"],
      ["alias.test", "DNS_NAME_IS_ALIAS"],
      ["nowhere.test", "DNS_ZONE_NOT_FOUND"],
      // Its zone would be that of the top level: nobody's update belongs there.
      ["company.top", "DNS_ZONE_NOT_FOUND"],
    ] as const;
    for (const [name, reason] of cases) {
      const outcome = await updaterAt(bind.server)(addTo(name));
      assert.equal(outcome.ok ? "done" : outcome.refusal.reason, reason, name);
    }
  });

  it("reaches a zone that holds the domain from further up", async () => {
    const update = addTo("branch.open.test", { key: undefined });
    assert.equal((await updaterAt(bind.server)(update)).ok, true);
    assert.equal((await servicesIn(bind, "open.test")).filter((line) => line.includes("branch.")).length, 1);
    assert.equal((await updaterAt(bind.server)({ ...update, add: [], remove: update.add })).ok, true);
  });

  it("finds its record among 300 others and leaves them as they are", async () => {
    const before = await bind.transfer("many.test");
    assert.equal((await updaterAt(bind.server)(addTo("many.test"))).ok, true);
    const after = await bind.transfer("many.test");
    assert.deepEqual(
      after.filter((line) => !before.includes(line)),
      ["_countersign._tcp.many.test. 300 IN SRV 0 0 1688 kms.example.test."],
    );
    assert.deepEqual(
      before.filter((line) => !after.includes(line)),
      [],
    );
  });

  it("moves on from a primary that is gone and a server that does not know the zone", async () => {
    const stranger = await startBind({ address: "127.0.0.2", port: bind.port, zones: [{ name: "other.test" }] });
    try {
      assert.deepEqual(await updaterAt(bind.server)(addTo("moved.test")), {
        server: bind.server,
        ok: true,
        ttlS: 3600,
      });
    } finally {
      await stranger.stop();
    }
  });

  it("goes to the server a domain names, whatever its SOA says, and nowhere else", async () => {
    const outcome = await updaterAt("127.0.0.9:9")(addTo("moved.test", { server: bind.server }));
    assert.deepEqual(outcome, { server: bind.server, ok: true, ttlS: 3600 });
    const nobody = await updaterAt(bind.server)(addTo("moved.test", { server: "127.0.0.3:9" }));
    assert.deepEqual([nobody.server, nobody.ok || nobody.refusal.reason], ["127.0.0.3:9", "DNS_SERVER_UNREACHABLE"]);
  });

  /** Puts our record in and out again beside other hosts' records; answers what became of theirs. */
  async function othersAfter(exchange: Exchange): Promise<readonly string[]> {
    const update = addTo("open.test", { key: undefined });
    const updater = updaterAt(bind.server, { exchange });
    await updater(update);
    await updater({ ...update, add: [], remove: update.add });
    return servicesIn(bind, "open.test");
  }

  it("never touches another host's record; an update that clears the whole set is seen", async () => {
    const before = await servicesIn(bind, "open.test");
    assert.equal(before.length, 2);
    assert.deepEqual(await othersAfter(exchangeOverTcp(10_000)), before);
    assert.notDeepEqual(await othersAfter(clearsTheSet), before, "the mutant is caught");
  });
});

/** The mutant: where one record is to go (class NONE, with data), the whole set goes (class ANY, without). */
const clearsTheSet: Exchange = (server, message, signal) => {
  const bent = Buffer.from(message);
  const at = bent.indexOf(Buffer.from([0, 33, 0, 254]));
  if (at === -1) return exchangeOverTcp(10_000)(server, message, signal);
  bent.writeUInt16BE(255, at + 2);
  bent.writeUInt16BE(0, at + 8);
  return exchangeOverTcp(10_000)(server, new Uint8Array(bent.subarray(0, at + 10)), signal);
};
