// A real publisher on a real port, and between it and the host a wire that can lose an answer.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import {
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  type NewHostKey,
} from "@countersign/publisher";
import { openPublisher, startPublisher } from "@countersign/publisher/main";
import type { HostStore } from "@countersign/storage";
import { openSqlitePublisherStore } from "@countersign/storage/sqlite";
import { type HostOptions, startHost } from "../src/main.ts";
import { adminOf } from "./site.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-lost-"));
after(() => rm(root, { recursive: true, force: true }));

test("a first activation whose answer was lost goes through after a restart, as the same activation", async (t) => {
  const site = await openSite(t);
  site.wire.losesAnswers = true;
  await assert.rejects(
    site.asHost((admin) => admin.activateOnline({})),
    /publisher's activation service/,
  );
  assert.equal(await site.certificates(), 1);
  site.wire.losesAnswers = false;
  assert.deepEqual(await site.asHost(serialAfterActivation), await site.newestSerial());
  assert.equal(await site.certificates(), 1);
});

test("a renewal whose answer was lost goes through after a restart: one certificate, no fork, and the next one too", async (t) => {
  const site = await openSite(t);
  await site.asHost((admin) => admin.activateOnline({}));
  site.wire.losesAnswers = true;
  await assert.rejects(
    site.asHost((admin) => admin.activateOnline({})),
    /publisher's activation service/,
  );
  await assert.rejects(
    site.asHost((admin) => admin.activateOnline({})),
    /publisher's activation service/,
  );
  assert.equal(await site.certificates(), 2);
  site.wire.losesAnswers = false;
  assert.deepEqual(await site.asHost(serialAfterActivation), await site.newestSerial());
  assert.equal(await site.certificates(), 2);
  assert.deepEqual(await site.asHost(serialAfterActivation), await site.newestSerial());
  assert.equal(await site.certificates(), 3);
});

test("mutant: a host that does not keep its request ends in HOST_LINEAGE_FORK", async (t) => {
  const forgetful = (store: HostStore): HostStore => ({
    ...store,
    transact: (work) =>
      store.transact((unit) =>
        work({ ...unit, saveSeat: (row) => unit.saveSeat({ ...row, activationRequest: undefined }) }),
      ),
  });
  const site = await openSite(t, forgetful);
  await site.asHost((admin) => admin.activateOnline({}));
  site.wire.losesAnswers = true;
  await assert.rejects(site.asHost((admin) => admin.activateOnline({})));
  site.wire.losesAnswers = false;
  await assert.rejects(
    site.asHost((admin) => admin.activateOnline({})),
    /a copy of it was renewed meanwhile/,
  );
});

test("two renewals asked for at once are two renewals, one after the other", async (t) => {
  const site = await openSite(t);
  await site.asHost(async (admin) => {
    await admin.activateOnline({});
    await Promise.all([admin.activateOnline({}), admin.activateOnline({})]);
  });
  assert.equal(await site.certificates(), 3);
});

test("a request that was refused is asked again with the same bytes, until a host key is installed anew", async (t) => {
  const site = await openSite(t, undefined, { maxHosts: 1 });
  await site.asHost((admin) => admin.activateOnline({}));
  await cp(site.hostDirectory, `${site.hostDirectory}-copy`, { recursive: true });
  await site.asHost((admin) => admin.activateOnline({}));
  const copy = `${site.hostDirectory}-copy`;
  for (let round = 0; round < 2; round++)
    await assert.rejects(
      site.asHost((admin) => admin.activateOnline({}), copy),
      /a copy of it was renewed meanwhile/,
    );
  assert.equal(new Set(site.wire.asked).size, 3, "two of the host, one of the copy");
  const { events } = await site.asHost((admin) => admin.findEvents({ filter: { eventIds: [30004] }, limit: 9 }), copy);
  assert.equal(events.length, 2, "each refusal is event 30004 in the log of the host that was refused");
  assert.equal(site.wire.asked.length, 4);
  await site.asHost(async (admin) => {
    await admin.installKey({ productKey: site.productKey });
    await admin.activateOnline({});
  }, copy);
  assert.equal(await site.certificates(), 3);
});

type Admin = ReturnType<typeof adminOf>;

async function serialAfterActivation(admin: Admin): Promise<string> {
  const { seats } = await admin.activateOnline({});
  return Buffer.from(seats[0]?.certificateSerial ?? []).toString("hex");
}

/** A publisher that serves behind the wire, and a host with its key installed that is started anew for each deed. */
async function openSite(t: TestContext, wrapStore?: HostOptions["wrapStore"], wanted: Partial<NewHostKey> = {}) {
  const directory = join(root, t.name.replaceAll(/\W+/g, "-").slice(0, 40));
  const [publisherDirectory, hostDirectory] = [join(directory, "publisher"), join(directory, "host")];
  await mkdir(publisherDirectory, { recursive: true });
  const wire = await openWire();
  const parts = await openPublisher(publisherDirectory);
  await createPublisher({ name: "Example", serviceUrl: `http://127.0.0.1:${wire.port}` }, parts);
  const { applicationId } = await defineApplication("Editor", parts);
  const { keyGroup } = await defineProduct({ applicationId, name: "Editor Pro", productClass: "client" }, parts);
  const { productKey } = await issueHostKey({ keyGroup, ...wanted }, parts);
  const trustFile = new TextEncoder().encode(await exportTrust(parts));
  await parts.close();
  const service = { dataDirectory: publisherDirectory, listenAddress: "127.0.0.1", port: 0, logLevel: "silent" };
  let publisher = await startPublisher(service);
  wire.to = publisher.port;
  t.after(async () => {
    await publisher.stop();
    await wire.close();
  });
  const looked = async <T>(look: (store: ReturnType<typeof openSqlitePublisherStore>) => Promise<T>): Promise<T> => {
    await publisher.stop();
    const store = openSqlitePublisherStore(join(publisherDirectory, "publisher.sqlite"));
    const seen = await look(store);
    await store.close();
    publisher = await startPublisher(service);
    wire.to = publisher.port;
    return seen;
  };
  const asHost = async <T>(deed: (admin: Admin) => Promise<T>, dataDirectory = hostDirectory): Promise<T> => {
    const host = await startHost({
      ...{ dataDirectory, port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" },
      ...(wrapStore && { wrapStore }),
    });
    try {
      return await deed(adminOf(host.adminSocket));
    } finally {
      await host.stop();
    }
  };
  await asHost(async (admin) => {
    await admin.addTrust({ trustFile });
    await admin.installKey({ productKey });
  });
  const issued = () => looked(async (store) => (await store.log()).filter((row) => row.kind === "host-cert"));
  return {
    ...{ wire, asHost, productKey, hostDirectory },
    certificates: async () => (await issued()).length,
    newestSerial: () =>
      looked(async (store) => {
        const [key] = await store.keys();
        const rows = await store.transact((unit) => unit.activationsOfKey(key?.kid ?? new Uint8Array()));
        return Buffer.from(rows.at(-1)?.serial ?? []).toString("hex");
      }),
  };
}

/** A TCP wire to the publisher. Losing an answer = cutting the connection when its first byte comes back. */
async function openWire() {
  const open = new Set<Socket>();
  const wire = { port: 0, to: 0, losesAnswers: false, asked: [] as string[], close: async () => {} };
  const server = createServer((near) => {
    const far = connect(wire.to, "127.0.0.1");
    const asked: Buffer[] = [];
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (chunk) => asked.push(chunk));
    near.pipe(far);
    far.on("data", (chunk) => {
      const [, body = ""] = Buffer.concat(asked.splice(0)).toString("latin1").split("\r\n\r\n");
      if (body !== "") wire.asked.push(body);
      if (wire.losesAnswers) near.destroy();
      else near.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  wire.port = typeof address === "object" && address !== null ? address.port : 0;
  wire.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return wire;
}
