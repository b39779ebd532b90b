import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { countersign, temporaryDirectory } from "./command.ts";

const MOST_SECONDS = 60;

/** What a demonstration said; it ended with 0, printed one object and left nothing behind. */
async function demonstrated(...words: readonly string[]) {
  const home = temporaryDirectory();
  const { code, stdout, stderr } = await countersign(["demo", ...words, "--exit", "-o", "json"], { home });
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert.ok(report.seconds < MOST_SECONDS, `${report.seconds} s`);
  assert.deepEqual(readdirSync(home), [], "its directory and context are gone with it");
  return { report, stderr };
}

describe("the demonstration through the real command", () => {
  it("licenses 30 machines where 25 are required: 24 are told the count is too low and ask again", async () => {
    const { report, stderr } = await demonstrated("--machines", "30", "--required", "25");
    assert.deepEqual(
      [report.machines.total, report.machines.licensed, report.host.currentCount, report.host.machinesSeen],
      [30, 30, 30, 30],
    );
    assert.equal(report.countTooLow, 24);
    assert.equal(report.requests, 54);
    assert.equal(report.host.requests.total, 54);
    assert.equal(report.host.requests.failed, 0);
    assert.match(stderr, /workstation-25 is the first workstation licensed: count 25, 25 required/);
    assert.match(stderr, /24 machines were told .* would ask again in 2 hours;\nnow each asks at once/);
    assert.ok(!stderr.includes("\r") && !stderr.includes("\u001b"), "no progress without a terminal");
  });

  it("reports at most twice the required count and still knows every machine", async () => {
    const { report } = await demonstrated("--machines", "60", "--required", "25");
    assert.deepEqual([report.host.currentCount, report.host.machinesSeen, report.machines.licensed], [50, 60, 60]);
  });

  it("caps 12 servers that require 5 at 10", async () => {
    const { report } = await demonstrated("--machines", "0", "--servers", "12", "--required-server", "5");
    assert.deepEqual([report.host.currentCount, report.host.machinesSeen, report.machines.licensed], [10, 12, 12]);
  });

  it("lets one workstation that requires 25 lift that cap, although it is not licensed itself", async () => {
    const { report } = await demonstrated("--machines", "1", "--servers", "12", "--required-server", "5");
    assert.deepEqual([report.host.currentCount, report.host.machinesSeen, report.machines.licensed], [13, 13, 12]);
    assert.equal(report.host.requests.failed, 0);
  });

  it("refuses a product newer than the host key with 0xC004F042: one failed request more, the count unchanged", async () => {
    const { report, stderr } = await demonstrated("--machines", "3", "--required", "2", "--newer-product");
    assert.deepEqual(report.refused, [{ reason: "GROUP_NOT_AUTHORIZED", code: "0xC004F042", times: 1 }]);
    assert.deepEqual([report.host.currentCount, report.host.machinesSeen], [3, 3]);
    assert.deepEqual([report.host.requests.failed, report.host.requests.total], [1, report.requests]);
    assert.deepEqual([report.machines.total, report.machines.licensed], [4, 3]);
    assert.match(stderr, /refused: 0xC004F042 GROUP_NOT_AUTHORIZED, the product is newer than the host key\n/);
  });

  it("replaces a default port that is taken, and says so", async () => {
    const servers = [];
    for (const port of [1688, 1690]) {
      const server = createServer().on("error", () => undefined);
      await new Promise((resolve) => server.once("error", resolve).listen(port, "0.0.0.0", () => resolve(undefined)));
      servers.push(server);
    }
    try {
      const { report, stderr } = await demonstrated("--machines", "1", "--required", "1");
      assert.notEqual(report.host.port, 1688);
      assert.match(stderr, new RegExp(`port 1688 is taken: the host uses ${report.host.port} instead\n`));
      assert.match(stderr, new RegExp(`port 1690 is taken: the publisher uses ${report.publisher.port} instead\n`));
    } finally {
      for (const server of servers) server.close();
    }
  });
});
