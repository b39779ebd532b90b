import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { agentMachine, servedSite } from "../../agent/test/agent-world.ts";
import { countersign, temporaryDirectory } from "./command.ts";

// slmgr on a machine whose products its agent keeps: no directory of `client init` is there.
test("slmgr sees and changes what the machine's agent keeps", async (t) => {
  const home = temporaryDirectory();
  const served = await servedSite(t);
  const machine = agentMachine(t, "slmgr", served.host);
  machine.trust("example", served.site);
  assert.match(await machine.start(), /^agent ready/);
  const slmgr = (words: readonly string[], env: object = {}) =>
    countersign(["slmgr", ...words], { home, env: { COUNTERSIGN_AGENT: join(machine.directory, "run"), ...env } });
  const said = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await slmgr(words);
    assert.deepEqual([code, stderr], [0, ""], words.join(" "));
    return stdout.trim();
  };
  const reasonOf = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await slmgr(words);
    assert.equal(stdout, "", words.join(" "));
    return `${code} ${/page: .*refusals\/(.*)\.md/.exec(stderr)?.[1]}`;
  };

  await t.test("before any key there is nothing to show", async () => {
    assert.equal(await reasonOf("/dlv"), "6 key-not-installed");
  });
  await t.test("/ipk finds the publisher the key is of; what is no key is taken by none", async () => {
    assert.match(
      await said("/ipk", served.site.setupKey),
      /^Installed product key (\*{5}-){4}[0-9A-Z]{5} of .* successfully\.$/,
    );
    assert.equal(await reasonOf("/ipk", "12345"), "2 key-invalid");
  });
  await t.test("/ato asks now, /dlv shows the licence with its activation id, /xpr its end", async () => {
    const activated = JSON.parse(await said("/ato", served.product, "-o", "jsonl"));
    assert.deepEqual([activated.ok, activated.host], [true, served.host]);
    const { licences } = JSON.parse(await said("/dlv", "-o", "json"));
    assert.equal(licences[0].product.activationId, served.product);
    assert.equal(licences[0].state.status, 1);
    assert.match(await said("/xpr"), /Volume activation will expire .* UTC$/);
  });
  await t.test("settings are the machine's, or with an id one publisher's", async () => {
    assert.equal(
      await said("/skms", "kms.example.com:1700"),
      "Key Management Service machine name set to kms.example.com:1700.",
    );
    assert.match(await said("/dlv"), /Registered KMS machine name: kms\.example\.com:1700/);
    assert.match(
      await said("/skms-domain", "example.com", served.product),
      /^Key .* set to example\.com\.\nWarning: \/skms/,
    );
    await said("/ckms-domain", served.product);
    assert.equal(await said("/ckhc"), "KMS host caching is disabled.");
    assert.equal(await said("/skhc"), "KMS host caching is enabled.");
    assert.equal(await said("/skms", served.host, "-o", "short"), "ok");
    assert.equal(await reasonOf("/skms", "bad host"), "2 usage-invalid");
  });
  await t.test("what the site's management placed pins, and is named", async () => {
    writeFileSync(join(machine.directory, "managed.json"), JSON.stringify({ format: 1, hostCaching: true }));
    assert.equal(await reasonOf("/ckhc"), "8 setting-pinned");
  });
  await t.test(
    "/rearm-sku and /rearm each use a rearm, the latter draws a new CMID; the agent asks again by itself",
    async () => {
      const known = async () => {
        const { client, state } = JSON.parse(await said("/dlv", "-o", "json")).licences[0];
        return { cmid: client.cmid, rearmsLeft: state.rearmsLeft };
      };
      const { cmid, rearmsLeft } = await known();
      await said("/rearm-sku", served.product);
      assert.deepEqual(await known(), { cmid, rearmsLeft: rearmsLeft - 1 });
      await said("/rearm");
      const after = await known();
      assert.equal(after.rearmsLeft, rearmsLeft - 2);
      assert.notEqual(after.cmid, cmid);
    },
  );
  await t.test("a host's option is not the agent's", async () => {
    assert.equal(await reasonOf("/sai", "30"), "1 option-not-applicable");
  });
  await t.test("/upk leaves the machine without a licence", async () => {
    assert.match(await said("/upk"), /^Uninstalled product key /);
    assert.match(await said("/dli"), /This license is not in use\./);
    assert.equal(await reasonOf("/upk"), "6 key-not-installed");
  });
  await t.test(
    "a socket that somebody may not open is not authorised; an agent that is gone is unreachable",
    async () => {
      if (process.getuid?.() !== 0) {
        chmodSync(machine.sockets.root, 0o000);
        assert.equal(await reasonOf("/rearm"), "5 not-authorised");
      }
      await machine.stop("SIGKILL");
      assert.equal(await reasonOf("/dlv"), "4 service-not-running");
    },
  );
});
