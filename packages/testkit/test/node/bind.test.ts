import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { describe, it } from "node:test";
import { startBind, withoutBind } from "../../src/node/index.ts";

const ZONE = { name: "example.test", records: ["_countersign._tcp SRV 10 5 1688 kms", "kms A 127.0.0.7"] };

describe("a BIND of the test's own", { skip: withoutBind }, () => {
  it("answers a resolver once it is started, and is gone once it is stopped", async () => {
    const bind = await startBind({ zones: [ZONE] });
    try {
      const resolver = new Resolver();
      resolver.setServers([bind.server]);
      const found = await resolver.resolveSrv("_countersign._tcp.example.test");
      assert.deepEqual(
        found.map(({ priority, weight, port, name }) => ({ priority, weight, port, name })),
        [{ priority: 10, weight: 5, port: 1688, name: "kms.example.test" }],
      );
    } finally {
      await bind.stop();
    }
    await assert.rejects(bind.query("kms.example.test", "A"), /expected dig to end with 0/);
  });

  it("transfers a whole zone, before and after the test changed it", async () => {
    const bind = await startBind({ zones: [ZONE, { name: "empty.test" }] });
    try {
      const before = await bind.transfer("example.test");
      await bind.update("add www.example.test 60 A 127.0.0.9", "delete kms.example.test A");
      const after = await bind.transfer("example.test");
      assert.deepEqual(
        after.filter((line) => !before.includes(line)),
        ["www.example.test. 60 IN A 127.0.0.9"],
      );
      assert.deepEqual(
        before.filter((line) => !after.includes(line)),
        ["kms.example.test. 300 IN A 127.0.0.7"],
      );
      assert.deepEqual(await bind.query("www.example.test", "A"), ["www.example.test. 60 IN A 127.0.0.9"]);
      assert.equal((await bind.transfer("empty.test")).length, 2);
    } finally {
      await bind.stop();
    }
  });

  it("takes up new zones and keys, and keeps what was updated", async () => {
    const bind = await startBind({ zones: [ZONE] });
    try {
      await bind.update("add www.example.test 60 A 127.0.0.9");
      const key = { name: "host-key.", algorithm: "hmac-sha256", secretBase64: "c2VjcmV0" } as const;
      await bind.reload({ zones: [ZONE, { name: "new.test" }], keys: [key] });
      assert.equal((await bind.transfer("new.test")).length, 2);
      assert.equal((await bind.query("www.example.test", "A")).length, 1);
    } finally {
      await bind.stop();
    }
  });

  it("says what named said where it cannot start", async () => {
    const zones = [{ ...ZONE, records: ["this is no record"] }, { ...ZONE }];
    await assert.rejects(startBind({ zones }), /expected named to listen[\s\S]*zone 'example\.test'/);
  });
});
