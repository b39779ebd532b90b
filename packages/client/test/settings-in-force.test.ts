import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { narrowActivateRequest } from "@countersign/protocol";
import type { ClientSettings, Licensing, LicensingClient, SettingLayers } from "../src/index.ts";
import { AT_HOST, newMachine, openAllOn, type TestMachine } from "./machine.ts";
import { openSite, transportTo } from "./site.ts";

/** A machine whose settings `layers` a test bends while it runs. */
async function running(start: SettingLayers = AT_HOST) {
  const time = { wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 };
  const site = await openSite(time);
  const asked: string[] = [];
  const requests: Uint8Array[] = [];
  const honest = transportTo(site.host);
  const machine = newMachine("pc-1", time, async (target, method, request) => {
    if (method === "Activate") {
      asked.push(`${target.host}:${target.port}`);
      requests.push(request);
    }
    return honest(target, method, request);
  });
  const layers: { -readonly [Name in keyof SettingLayers]: SettingLayers[Name] } = { ...start };
  const licensing: Licensing = await openAllOn(machine, site, layers);
  const opened = await licensing.open(site.product.activationId, site.setupKey);
  assert.ok(opened.ok);
  return { site, machine, layers, licensing, client: opened.client, asked, requests };
}

const setHere = (values: Partial<ClientSettings>) => ({
  stored: { file: { machine: values, publishers: {} }, place: "settings.json" },
});

const lastName = (requests: readonly Uint8Array[]) => {
  const request = narrowActivateRequest(requests.at(-1) ?? new Uint8Array());
  assert.ok(request.ok);
  return request.value.clientName;
};

describe("a setting", () => {
  it("that changes the host is in force at the next attempt", async () => {
    const { layers, client, asked } = await running({ ...setHere({ host: { host: "first", port: 1688 } }) });
    await client.activate();
    Object.assign(layers, setHere({ host: { host: "second", port: 1688 } }));
    await client.activate();
    assert.deepEqual(asked, ["first:1688", "second:1688"]);
    assert.equal(client.status().whyThisHost, "fixed");
  });

  it("that clears the host leaves the one that answered last, and says why it is asked", async () => {
    const { layers, client, asked } = await running({ ...setHere({ host: { host: "first", port: 1688 } }) });
    await client.activate();
    Object.assign(layers, setHere({}));
    await client.activate();
    assert.deepEqual(asked, ["first:1688", "first:1688"]);
    assert.equal(client.status().whyThisHost, "cached");
    assert.equal(client.facts().client?.whyThisHost, "it answered last");
  });

  it("that turns host caching off leaves nobody to ask where no host is fixed", async () => {
    const { layers, client, asked } = await running({ ...setHere({ host: { host: "first", port: 1688 } }) });
    await client.activate();
    Object.assign(layers, setHere({ hostCaching: false }));
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "ALL_HOSTS_FAILED");
    assert.equal(asked.length, 1);
    assert.equal(client.facts().client?.hostCaching, false);
    Object.assign(layers, setHere({ hostCaching: true }));
    assert.ok((await client.activate()).ok, "what was kept is used again");
  });

  it("of privacy leaves the machine's name out, or sends a hash that stays the same for one CMID", async () => {
    const { layers, client, requests, licensing } = await running();
    await client.activate();
    assert.equal(lastName(requests), "pc-1");
    const withNames = async (clientNames: "off" | "hash") => {
      Object.assign(layers, setHere({ clientNames }));
      await client.activate();
      return lastName(requests);
    };
    assert.equal(await withNames("off"), "");
    const hash = await withNames("hash");
    assert.match(hash, /^h-[0-9a-f]{16}$/);
    assert.equal(await withNames("hash"), hash);
    await licensing.rearm({ kind: "machine" });
    assert.notEqual(await withNames("hash"), hash);
  });

  it("that keeps the port is not talked out of it by a host's statement", async () => {
    const fixed = { host: { host: "first", port: 41_688 } };
    const { layers, client, asked } = await running({ ...setHere({ ...fixed, keepPort: true }) });
    await client.activate();
    await client.activate();
    Object.assign(layers, setHere(fixed));
    await client.activate();
    assert.deepEqual(asked, ["first:41688", "first:41688", "first:1688"]);
  });
});

describe("the facts of a licence", () => {
  const afterRestart = async (
    machine: TestMachine,
    site: Parameters<typeof openAllOn>[1],
  ): Promise<LicensingClient> => {
    const again = await openAllOn(machine, site);
    const [client] = again.clients();
    assert.ok(client);
    return client;
  };

  it("list the hosts of the last attempt with their codes, after a restart too", async () => {
    const { machine, site, client, licensing } = await running();
    machine.transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });
    await client.activate();
    await licensing.close();
    const { client: facts } = (await afterRestart(machine, site)).facts();
    assert.deepEqual(facts?.tried, [{ host: "host.example:1688", code: 0x800706ba, reason: "HOST_UNREACHABLE" }]);
    assert.equal(facts?.fixedHost, "host.example:1688");
    assert.equal(facts?.whyThisHost, "it was given by --host");
  });

  it("are those an administrator of KMS looks for", async () => {
    const { client, site } = await running();
    await client.activate();
    const { product, state, client: facts } = client.facts();
    assert.equal(product.name, "Editor Pro");
    assert.equal(product.partialKey, site.setupKey.slice(-5));
    assert.equal(state.status, 1);
    assert.equal(state.remainingMinutes, 259_200);
    assert.equal(state.rearmsLeft, 3);
    assert.equal(facts?.activationIntervalMinutes, 120);
    assert.equal(facts?.renewalIntervalMinutes, 10_080);
    assert.equal(facts?.cmid, client.status().cmid);
    assert.match(facts?.hostId ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      facts?.tried.map(({ reason }) => reason),
      [undefined],
    );
  });
});
