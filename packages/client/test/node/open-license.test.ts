import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { LICENSE_STATUS, RefusalError, toUuid } from "@countersign/domain";
import type { Host } from "@countersign/host";
import { fixedIdentity, openLicense, readEvents } from "../../src/node/index.ts";
import { openSite } from "../site.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-license-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** The real host behind a real socket. */
async function listening(t: TestContext, host: Host): Promise<string> {
  const methods = { Activate: host.activate, GetDocuments: host.getDocuments, GetHostInfo: host.getHostInfo };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const method = methods[request.url?.split("/").at(-1) as keyof typeof methods];
      const reply = await method(Buffer.concat(chunks), { address: "127.0.0.1" });
      assert.ok(reply.ok);
      response.setHeader("content-type", "application/proto").end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function prepared(t: TestContext, name: string) {
  const site = await openSite({ wallMs: Date.now(), monotonicMs: 0 });
  const host = await listening(t, site.host);
  const { trust, setupKey } = site;
  const product = toUuid(site.product.activationId);
  const identity = fixedIdentity(name, name);
  // The site's host says 1688 in its statements; here it stands behind a port of its own.
  return { trust, setupKey, product, host, identity, store: join(root, name), keepPort: true };
}

describe("openLicense", () => {
  it("licenses an application in one call to activate, and again from its store alone", async (t) => {
    const options = await prepared(t, "pc-1");
    const license = await openLicense(options);
    assert.equal(license.status.status, LICENSE_STATUS.initialGrace);
    assert.equal(license.status.whyThisHost, "fixed");
    assert.ok((await license.activate()).ok);
    assert.equal(license.status.status, LICENSE_STATUS.licensed);
    await license.close();
    await license.close();
    const again = await openLicense({ ...options, host: "127.0.0.1:1" });
    assert.equal(again.status.status, LICENSE_STATUS.licensed);
    await again.close();
    assert.ok(readEvents(options.store).some(({ id, info }) => id === 12288 && info.includes(options.host)));
  });

  it("gives its events to an iteration that ends at close, and to listeners", async (t) => {
    const license = await openLicense(await prepared(t, "pc-2"));
    const heard: number[] = [];
    license.events.on(({ id }) => heard.push(id));
    const iterated = (async () => {
      const ids: number[] = [];
      for await (const { id } of license.events) ids.push(id);
      return ids;
    })();
    await license.activate();
    await license.close();
    assert.deepEqual(await iterated, heard);
    assert.ok(heard.includes(12289));
  });

  it("does not throw for a host that cannot be reached: it is a refusal with its reason", async (t) => {
    const license = await openLicense({ ...(await prepared(t, "pc-3")), host: "127.0.0.1:1" });
    const result = await license.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "HOST_UNREACHABLE");
    await license.close();
  });

  it("works in a directory that takes no file: in grace, degraded, and says why", async (t) => {
    const { store: _store, ...options } = await prepared(t, "pc-4");
    writeFileSync(join(root, "a-file"), "");
    const license = await openLicense({ ...options, store: join(root, "a-file", "store") });
    assert.equal(license.status.status, LICENSE_STATUS.initialGrace);
    const result = await license.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "STORE_UNAVAILABLE");
    assert.equal(license.status.flags.storeDegraded, true);
    await license.close();
  });

  it("throws a named refusal for arguments that no machine can mend", async (t) => {
    const options = await prepared(t, "pc-5");
    const reasonOf = async (change: object) => {
      try {
        await (await openLicense({ ...options, ...change })).close();
        return "";
      } catch (error) {
        assert.ok(error instanceof RefusalError);
        return error.refusal.reason;
      }
    };
    assert.equal(await reasonOf({ product: "no uuid" }), "CONFIGURATION_INVALID");
    assert.equal(await reasonOf({ host: "host:http" }), "CONFIGURATION_INVALID");
    assert.equal(await reasonOf({ product: toUuid(new Uint8Array(16).fill(1)) }), "PRODUCT_NOT_COVERED");
    assert.equal(await reasonOf({ trust: new Uint8Array(9) }), "ARMOUR_INVALID");
    assert.equal(await reasonOf({ setupKey: "no key at all" }), "KEY_INVALID");
    assert.equal(await reasonOf({}), "", "and the store it had opened was let go each time");
  });

  it("shows a second process in the same program the licence, and refuses its attempts", async (t) => {
    const options = await prepared(t, "pc-6");
    const first = await openLicense(options);
    await first.activate();
    const second = await openLicense(options);
    assert.equal(second.status.status, LICENSE_STATUS.licensed);
    const refused = await second.activate();
    assert.equal(refused.ok ? "" : refused.refusal.reason, "STORE_LOCKED");
    await second.close();
    await first.close();
  });
});
