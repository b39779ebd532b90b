import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Network, openNetwork, withoutNamespaces } from "../../src/node/index.ts";

describe("machines on one cable", { skip: withoutNamespaces }, () => {
  let network: Network;
  before(async () => {
    network = await openNetwork({
      host: { address: "10.77.0.11", hostName: "kms.corp.test" },
      client: {
        address: "10.77.0.21",
        hostName: "pc-1.corp.test",
        resolv: ["nameserver 10.77.0.53", "search corp.test"],
      },
    });
  });
  after(() => network.close());

  /** Knocks at a port nobody listens at: ends the moment the machine answers, or after a second when nothing does. */
  const knock = () =>
    network.run("client", "python3", "-c", "import socket; socket.create_connection(('10.77.0.11', 1688), 1)").then(
      () => "open",
      (fault: Error) => /\w+Error|timeout/.exec(fault.message.split("\n").at(-2) ?? "")?.[0],
    );

  test("each has its name, its address and its DNS, and the outside does not see them", async () => {
    assert.equal((await network.run("client", "hostname")).trim(), "pc-1.corp.test");
    assert.equal((await network.run("host", "hostname")).trim(), "kms.corp.test");
    assert.match(
      await network.run("client", "cat", "/etc/resolv.conf"),
      /^nameserver 10\.77\.0\.53\nsearch corp\.test$/m,
    );
    assert.match(await network.run("client", "ip", "-o", "address"), / 10\.77\.0\.21\/24 /);
  });

  test("what is dropped is not answered, what is rejected is, and without rules the machine itself says no", async () => {
    assert.equal(await knock(), "ConnectionRefusedError");
    const table = ["add table inet filter", "add chain inet filter in { type filter hook input priority 0; }"];
    await network.filter("host", ...table, "add rule inet filter in tcp dport 1688 drop");
    assert.match((await knock()) ?? "", /timeout|TimeoutError/);
    await network.filter(
      "host",
      ...table,
      "add rule inet filter in tcp dport 1688 reject with icmp type host-unreachable",
    );
    assert.equal(await knock(), "OSError");
    await network.filter("host");
    assert.equal(await knock(), "ConnectionRefusedError");
  });
});
