import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { EVENT, REFUSALS, type RefusalReason, toHex } from "@countersign/domain";
import type { ActivateRequest } from "@countersign/protocol";
import { adminOf, requestOf, type SiteProduct } from "../site.ts";
import { doorOf, eventsOf, openDoor, requestEvent } from "./door.ts";

const door = await openDoor({}, [
  { name: "Editor", productClass: "client", requiredCount: 25 },
  { name: "Viewer", productClass: "client", requiredCount: 25 },
  { name: "Editor Next", productClass: "client", requiredCount: 25, covered: false },
]);
const [editor, viewer, newer] = door.site.products;
assert.ok(editor && viewer && newer);

async function currentCount(): Promise<number | undefined> {
  const { seats } = await adminOf(door.host.adminSocket).getStatus({});
  return seats[0]?.counts[0]?.currentCount;
}

describe("a request that is well formed and not for this host to serve: 12290 and failed + 1 in one commit, the count stays", () => {
  const cases: readonly (readonly [string, RefusalReason, number, SiteProduct, Partial<ActivateRequest>])[] = [
    ["a product no policy names", "PRODUCT_UNKNOWN", 0xc004f042, editor, { productId: 4_000_000 }],
    ["a product newer than the host key", "GROUP_NOT_AUTHORIZED", 0xc004f042, newer, {}],
    ["a product under another's key group", "GROUP_NOT_AUTHORIZED", 0xc004f042, editor, { keyGroup: newer.keyGroup }],
    ["a newer product under the older group", "GROUP_NOT_AUTHORIZED", 0xc004f042, newer, { keyGroup: editor.keyGroup }],
    [
      "the setup key of another product",
      "SETUP_KEY_NOT_ACCEPTED",
      0xe0c50002,
      editor,
      { setupKeyId: viewer.setupKeyId },
    ],
    ["a setup key nobody issued", "SETUP_KEY_NOT_ACCEPTED", 0xe0c50002, editor, { setupKeyId: randomBytes(9) }],
  ];
  for (const [name, reason, code, product, change] of cases) {
    it(`${name} is ${reason}`, async () => {
      await door.stillServes();
      const [before, count] = [door.rows(), await currentCount()];
      const asked = requestOf(product, change);
      const reply = await door.askFor(asked);
      assert.equal(reply.reason, reason);
      const { machines, total, failed, events } = door.rows();
      assert.deepEqual(
        { machines, total, failed, events },
        {
          machines: before.machines,
          total: before.total + 1,
          failed: before.failed + 1,
          events: before.events + 1,
        },
      );
      assert.equal(await currentCount(), count);
      const { data } = requestEvent(door.options.dataDirectory, asked.cmid) ?? {};
      assert.deepEqual([data?.["resultCode"], data?.["reason"]], [code, reason]);
      assert.equal(REFUSALS[reason].code, code);
      await door.stillServes();
    });
  }

  it("more than 60 an hour from one source are summarised, and counted all the same", async () => {
    await door.restart({ limits: {} });
    const before = door.rows();
    for (let i = 0; i < 70; i++) await door.askFor({ productId: 4_000_000 });
    const after = door.rows();
    assert.deepEqual(
      [after.events - before.events, after.total - before.total, after.failed - before.failed],
      [60, 70, 70],
    );
    await door.restart();
    const summary = eventsOf(door.options.dataDirectory, EVENT.refusalsSummarised).at(-1)?.data;
    assert.deepEqual([summary?.["reason"], summary?.["count"]], ["PRODUCT_UNKNOWN", 10]);
    await door.stillServes();
  });
});

describe("a publisher", () => {
  it("this host does not know is UNKNOWN_PUBLISHER: dropped, no write", async () => {
    const publisherId = randomBytes(16);
    const before = await door.droppedOf("UNKNOWN_PUBLISHER");
    const reply = await door.unchanged(() => door.askFor({ publisherId }));
    assert.equal(reply.reason, "UNKNOWN_PUBLISHER");
    assert.match(reply.message, new RegExp(toHex(publisherId)));
    assert.equal(await door.droppedOf("UNKNOWN_PUBLISHER"), before + 1);
    await door.stillServes();
  });

  it("it knows is served by its id", async () => {
    const { seats } = await adminOf(door.host.adminSocket).getStatus({});
    const publisherId = seats[0]?.publisherId;
    assert.ok(publisherId);
    assert.equal((await door.askFor({ publisherId })).reason, "");
  });
});

describe("a host that cannot serve yet says so: 12290 and failed + 1, no machine", () => {
  it("without a trust file or key HOST_NOT_ENABLED, with a key that is not activated HOST_NOT_ACTIVATED", async () => {
    const directory = await mkdtemp(join(tmpdir(), "countersign-fresh-"));
    const fresh = await doorOf(door.site, { ...door.options, dataDirectory: directory });
    try {
      const admin = adminOf(fresh.host.adminSocket);
      const refused = async (reason: RefusalReason, code: number, unready: RegExp) => {
        const before = fresh.rows();
        const asked = requestOf(editor);
        assert.equal((await fresh.askFor(asked)).reason, reason);
        const { machines, total, failed } = fresh.rows();
        assert.deepEqual([machines, total, failed], [0, before.total + 1, before.failed + 1]);
        assert.equal(requestEvent(directory, asked.cmid)?.data["resultCode"], code);
        const ready = await fetch(`http://127.0.0.1:${fresh.host.adminPort}/readyz`);
        assert.equal(ready.status, 503);
        assert.match(await ready.text(), unready);
      };
      await refused("HOST_NOT_ENABLED", 0xc004f039, /no host key is installed/);
      await admin.addTrust({ trustFile: door.site.trustFile });
      await refused("HOST_NOT_ENABLED", 0xc004f039, /no host key is installed/);
      await admin.installKey({ productKey: door.site.hostKey });
      await refused("HOST_NOT_ACTIVATED", 0xc004f041, /the host key is not activated/);
      await fresh.restart();
      await refused("HOST_NOT_ACTIVATED", 0xc004f041, /the host key is not activated/);
    } finally {
      await fresh.stop();
      await rm(directory, { recursive: true });
    }
  });
});
