import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { fixedIdentity, openLicense } from "@countersign/client/node";
import { agentInProcess } from "./agent-in-process.ts";
import { connected, servedSite } from "./agent-world.ts";
import { virtualClock } from "./virtual-clock.ts";

const DAY_MS = 86_400_000;

interface Answer {
  readonly products: readonly { readonly report: { readonly warnings: readonly { id: string; text: string }[] } }[];
}

it("an agent's status, and the SDK's over it, warn from the first missed renewal on, long before the licence ends", async (t) => {
  const clock = virtualClock();
  const served = await servedSite(t);
  const machine = await agentInProcess(t, served, "pc-1", { clock });
  const license = await openLicense({
    ...{ trust: served.site.trust, product: served.product, setupKey: served.site.setupKey },
    ...{ identity: fixedIdentity("pc-1", "pc-1"), agent: join(machine.directory, "run") },
  });
  t.after(() => license.close());
  assert.deepEqual(license.status.warnings, []);
  const root = await connected(t, machine.sockets.root);
  assert.ok((await license.activate()).ok);
  assert.deepEqual(license.status.warnings, []);
  await root.request("set", { name: "host", value: "127.0.0.1:1" });

  const shown = async (): Promise<readonly string[]> => {
    await license.activate();
    const { products } = (await root.request("status", { activationId: served.product })) as Answer;
    assert.deepEqual(
      license.status.warnings,
      products[0]?.report.warnings,
      "one answer, over the socket and in the SDK",
    );
    return license.status.warnings.map(({ id }) => id);
  };
  clock.pass(7 * DAY_MS);
  assert.deepEqual(await shown(), []);
  clock.pass(DAY_MS);
  assert.deepEqual(await shown(), ["RENEWAL_OVERDUE"]);
  const [overdue] = license.status.warnings;
  clock.pass(142 * DAY_MS);
  assert.deepEqual(await shown(), ["RENEWAL_OVERDUE", "EXPIRES_SOON"]);
  assert.deepEqual(license.status.warnings[0], overdue, "a warning stays the same until it ends");
  await root.request("set", { name: "host", value: served.host });
});
