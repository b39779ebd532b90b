import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { memoryResolver, memoryTrustedStore, openLicensingClient, type TrustedStore } from "../src/index.ts";
import type { TrustedState } from "../src/trusted-state.ts";
import { decodeTrustedState, encodeTrustedState } from "../src/trusted-state-codec.ts";
import { newMachine, openOn, settingsFor, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, transportTo } from "./site.ts";

const startTime = () => ({ wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 });

async function licensed() {
  const time = startTime();
  const site = await openSite(time);
  const machine = newMachine("pc-1", time, transportTo(site.host));
  const client = await openOn(machine, site);
  assert.ok((await client.activate()).ok);
  return { time, site, machine, client };
}

/** The machine with its stored state changed by somebody who can compute the MAC. */
function edited(machine: TestMachine, edit: (state: TrustedState) => TrustedState): TestMachine {
  const snapshot = machine.store.snapshot();
  const state = snapshot && decodeTrustedState(snapshot.body);
  assert.ok(snapshot && state);
  const body = encodeTrustedState(edit(state));
  return { ...machine, store: memoryTrustedStore({ body, marker: snapshot.marker }) };
}

describe("a store that was edited by somebody who could compute its MAC", () => {
  const onlyProduct = (state: TrustedState) => {
    const [product] = state.products;
    assert.ok(product);
    return product;
  };
  const cases: readonly (readonly [string, (state: TrustedState) => TrustedState])[] = [
    [
      "a longer lease than the signed one",
      (state) => {
        const product = onlyProduct(state);
        const { lease } = product.license;
        assert.ok(lease);
        const license = { ...product.license, lease: { ...lease, validityS: lease.validityS * 10 } };
        return { ...state, products: [{ ...product, license }] };
      },
    ],
    [
      "a lease without what proves it",
      (state) => ({ ...state, products: [{ ...onlyProduct(state), lease: undefined }] }),
    ],
    [
      "a reply of other bytes",
      (state) => {
        const product = onlyProduct(state);
        assert.ok(product.lease);
        const reply = product.lease.reply.map((byte, i) => (i === 60 ? byte ^ 1 : byte));
        return { ...state, products: [{ ...product, lease: { ...product.lease, reply } }] };
      },
    ],
    [
      "a lease of another CMID",
      (state) => {
        const product = onlyProduct(state);
        assert.ok(product.lease);
        const identity = { ...product.lease.identity, cmid: new Uint8Array(16).fill(5) };
        return { ...state, products: [{ ...product, lease: { ...product.lease, identity } }] };
      },
    ],
  ];
  for (const [what, edit] of cases) {
    it(`holds ${what}: unlicensed as tampered with (I29)`, async () => {
      const { site, machine } = await licensed();
      const client = await openOn(edited(machine, edit), site);
      assert.equal(client.status().status, LICENSE_STATUS.unlicensed);
      assert.equal(client.status().reason, "LICENSE_STORE_TAMPERED");
    });
  }
});

describe("a store that cannot be used", () => {
  it("of a newer version is not written and nothing is asked: STORE_NEWER", async () => {
    const { site, machine } = await licensed();
    const problem = { problem: "newer", detail: "format 2" } as const;
    const store: TrustedStore = {
      load: async () => ({ kind: "unusable", problem }),
      save: async () => ({ ok: false, problem }),
      close: async () => undefined,
    };
    const asked: string[] = [];
    machine.transport = async (_target, method) => {
      asked.push(method);
      return { kind: "failure", reason: "TIMEOUT", detail: "reply" };
    };
    const client = await openOn({ ...machine, store: { ...machine.store, ...store } }, site);
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "STORE_NEWER");
    assert.equal(client.status().status, LICENSE_STATUS.unlicensed);
    assert.equal(client.status().flags.storeDegraded, true);
    assert.deepEqual(asked, []);
  });

  it("of another publisher is refused by name and left alone", async () => {
    const { machine, time } = await licensed();
    const other = await openSite(time);
    const before = machine.store.snapshot()?.body;
    const opened = await openLicensingClient(
      {
        store: machine.store,
        machine: { read: async () => machine.reading },
        transport: machine.transport,
        resolver: memoryResolver(machine.zones),
        clock: { wallMs: () => time.wallMs, monotonicMs: () => time.monotonicMs, bootId: "boot-1" },
        cryptography: nodeCryptography,
        fraction: () => 0.5,
        events: () => undefined,
      },
      settingsFor(other),
    );
    assert.equal(opened.ok ? "" : opened.refusal.reason, "CONFIGURATION_INVALID");
    assert.equal(machine.store.snapshot()?.body, before);
  });

  it("with both generations damaged begins anew, in notification, and one activation heals it", async () => {
    const { site, machine } = await licensed();
    const damaged = { kind: "damaged", quarantine: "damaged.1", marker: { rearmsUsed: 1 } } as const;
    const store = { ...memoryTrustedStore(), load: async () => damaged };
    const client = await openOn({ ...machine, store }, site);
    assert.equal(client.status().status, LICENSE_STATUS.notification);
    assert.equal(client.status().reason, "GRACE_EXPIRED");
    assert.ok(takeEvents(machine).includes(30020));
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });
});

describe("a second process", () => {
  it("shows the licence of the first, asks nobody, and takes over when the first is gone", async () => {
    const { site, machine } = await licensed();
    const readOnly = { ...machine, store: { ...memoryTrustedStore(machine.store.snapshot()) } };
    readOnly.store.fail({ problem: "in-use", detail: "process 17 has it open" });
    const second = await openOn(readOnly, site);
    assert.equal(second.status().status, LICENSE_STATUS.licensed);
    const refused = await second.activate();
    assert.equal(refused.ok ? "" : refused.refusal.reason, "STORE_LOCKED");
    readOnly.store.fail(undefined);
    await second.tick();
    assert.ok((await second.activate()).ok);
    assert.equal(second.status().flags.storeDegraded, false);
  });
});

describe("a setup key", () => {
  it("of the vendor is installed where there is none, and one that a person installed stays", async () => {
    const { site, machine, client } = await licensed();
    assert.equal(client.status().partialKey, site.setupKey.slice(-5));
    await client.removeKey();
    assert.deepEqual(await client.installKey(site.setupKey, true), { ok: true });
    const again = await openOn(machine, site, { setupKey: site.otherSetupKey });
    assert.equal(again.status().partialKey, site.setupKey.slice(-5));
  });

  it("of another product, of the wrong kind or mistyped is refused by name", async () => {
    const { site, client } = await licensed();
    const reasonFor = async (text: string) => {
      const result = await client.installKey(text, true);
      return result.ok ? "" : result.refusal.reason;
    };
    assert.equal(await reasonFor(site.otherSetupKey), "KEY_FOR_OTHER_PRODUCT");
    assert.equal(
      await reasonFor(`${site.setupKey.slice(0, -1)}${site.setupKey.endsWith("7") ? "8" : "7"}`),
      "KEY_INVALID",
    );
    assert.equal(await reasonFor("not a key"), "KEY_INVALID");
  });

  it("once removed leaves the machine unlicensed, and it asks nobody any more", async () => {
    const { client, machine } = await licensed();
    await client.removeKey();
    assert.equal(client.status().status, LICENSE_STATUS.unlicensed);
    assert.equal(client.status().reason, "KEY_NOT_INSTALLED");
    assert.equal(client.status().nextAttemptMs, undefined);
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "KEY_NOT_INSTALLED");
    takeEvents(machine);
    machine.time.monotonicMs += 10 * 86_400_000;
    machine.time.wallMs += 10 * 86_400_000;
    await client.tick();
    assert.ok(!takeEvents(machine).includes(12288));
    assert.ok(client.nextTickInMs() > 0, "a schedule that asks nobody must not spin");
  });
});
