// A running host examines itself: what it finds appears and clears as events, in its status, at /readyz and at whoever
// is to be told.
import assert from "node:assert/strict";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { EVENT } from "@countersign/domain";
import { type HostOptions, startHost } from "../../src/main.ts";
import { readConfiguration } from "../../src/node/configuration-file.ts";
import type { Alert } from "../../src/node/watch/alerts.ts";
import type { AlertsSection } from "../../src/node/watch/alerts-section.ts";
import { adminOf, prepareSite } from "../site.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-watch-"));
after(() => rm(root, { recursive: true, force: true }));
const site = await prepareSite(root);
let copies = 0;
const NOBODY: AlertsSection = { webhook: undefined, command: undefined, arguments: [], least: "warning" };
const AT_ONCE = { firstMs: 0, changeMs: 0 };

async function hostWith(options: Partial<HostOptions> = {}) {
  const dataDirectory = options.dataDirectory ?? join(root, `host-${copies++}`);
  if (options.dataDirectory === undefined) await cp(site.hostDirectory, dataDirectory, { recursive: true });
  const quietly = { port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" } as const;
  const host = await startHost({ ...quietly, watch: AT_ONCE, ...options, dataDirectory });
  const admin = adminOf(host.adminSocket);
  const ready = async () => (await fetch(`http://127.0.0.1:${host.adminPort}/readyz`)).text();
  return { host, admin, ready, dataDirectory };
}

/** A server of a site that takes what is posted to it. `answer`: what it says. */
async function webhook(answer = 204) {
  const posted: Alert[] = [];
  const waiting: { readonly wanted: (alert: Alert) => boolean; readonly resolve: (alert: Alert) => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const alert: Alert = JSON.parse(Buffer.concat(chunks).toString());
      posted.push(alert);
      for (const one of waiting.filter(({ wanted }) => wanted(alert))) one.resolve(alert);
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    posted,
    /** The first that was or will be posted of that kind. */
    of: (id: string, change: Alert["change"]) => {
      const wanted = (alert: Alert) => alert.finding.id === id && alert.change === change;
      const known = posted.find(wanted);
      return known === undefined
        ? new Promise<Alert>((resolve) => waiting.push({ wanted, resolve }))
        : Promise.resolve(known);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe("a host under watch", () => {
  test("tells when its key goes and when there is one again: webhook, events, status and readyz", async () => {
    const hook = await webhook();
    const { host, admin, ready } = await hostWith({ alerts: { ...NOBODY, webhook: hook.url } });
    try {
      await admin.removeKey({});
      const { finding, host: name } = await hook.of("HOST_KEY_MISSING", "appeared");
      assert.ok(name !== "");
      assert.equal(finding.gravity, "fatal");
      assert.match(await ready(), /^no host key is installed$/m);
      const { findings } = await admin.getStatus({});
      assert.deepEqual(
        findings.filter(({ id }) => id === "HOST_KEY_MISSING").map(({ cause, sinceMs }) => [cause, Number(sinceMs)]),
        [[finding.cause, finding.sinceMs]],
      );
      await admin.installKey({ productKey: site.hostKey });
      await hook.of("HOST_KEY_MISSING", "cleared");
      const told = [EVENT.findingAppeared, EVENT.findingCleared];
      const { events } = await admin.listEvents({ eventIds: told, limit: 1000 });
      const about = events.filter(({ dataJson }) => JSON.parse(dataJson).finding === "HOST_KEY_MISSING");
      assert.deepEqual(
        about.map(({ eventId }) => eventId),
        told,
      );
      assert.doesNotMatch(await ready(), /no host key/);
    } finally {
      await host.stop();
      hook.close();
    }
  });

  test("tells nothing twice over a restart, and clears what was mended while it was off", async () => {
    const hook = await webhook();
    const alerts = { ...NOBODY, webhook: hook.url };
    const first = await hostWith({ alerts });
    const open = join(first.dataDirectory, "keys", "left-open");
    await writeFile(open, "x");
    await chmod(open, 0o644);
    await first.admin.setSetting({ name: "activationIntervalMinutes", value: "121" });
    await hook.of("KEY_FILES_OPEN", "appeared");
    await first.host.stop();
    const second = await hostWith({ alerts, dataDirectory: first.dataDirectory });
    await chmod(open, 0o600);
    await second.admin.setSetting({ name: "activationIntervalMinutes", value: "122" });
    await hook.of("KEY_FILES_OPEN", "cleared");
    await second.host.stop();
    hook.close();
    assert.equal(
      hook.posted.filter(({ finding, change }) => finding.id === "KEY_FILES_OPEN" && change === "appeared").length,
      1,
    );
  });

  test("gives a command the same object on its standard input, and nothing of the host's environment", async () => {
    const [hook, script] = [await webhook(), join(root, "tell.mjs")];
    await writeFile(
      script,
      `const chunks = [];
       for await (const chunk of process.stdin) chunks.push(chunk);
       const alert = { ...JSON.parse(Buffer.concat(chunks)), names: Object.keys(process.env) };
       await fetch(process.argv[2], { method: "POST", body: JSON.stringify(alert) });`,
    );
    process.env["COUNTERSIGN_KEY_PASSPHRASE_OF_A_TEST"] = "secret";
    const command = process.execPath;
    const { host, admin } = await hostWith({
      alerts: { ...NOBODY, command, arguments: [script, hook.url], least: "fatal" },
    });
    try {
      await admin.removeKey({});
      const told = await hook.of("HOST_KEY_MISSING", "appeared");
      assert.equal(told.finding.gravity, "fatal");
      const { names } = told as Alert & { readonly names: readonly string[] };
      assert.deepEqual(
        names.filter((name) => name.startsWith("COUNTERSIGN")),
        [],
      );
      assert.ok(hook.posted.every(({ finding }) => finding.gravity === "fatal"));
    } finally {
      await host.stop();
      hook.close();
    }
  });

  test("serves and stops all the same where the receiver refuses and the command is not there", async () => {
    const hook = await webhook(500);
    const alerts: AlertsSection = { ...NOBODY, webhook: hook.url, command: join(root, "not-there") };
    const { host, admin } = await hostWith({ alerts });
    await admin.removeKey({});
    await hook.of("HOST_KEY_MISSING", "appeared");
    assert.equal((await admin.getStatus({})).seats.length, 1);
    await host.stop();
    hook.close();
  });
});

test("the section alerts says what was expected of every value that is none", () => {
  const read = readConfiguration("alerts:\n  webhook: ftp://x\n  command: ./x\n  least: loud\n  colour: red\n");
  assert.ok(!read.ok);
  assert.deepEqual(read.problems.map(({ path, expected }) => `${path}: ${expected}`).sort(), [
    "alerts.colour: a name of alerts",
    "alerts.command: an absolute path",
    "alerts.least: fatal, error, warning, notice",
    "alerts.webhook: an address that begins with https:// or http://",
  ]);
  const sound = readConfiguration("alerts: { webhook: 'https://hooks.example/1' }\n");
  assert.deepEqual(sound.ok && sound.file.alerts, {
    webhook: "https://hooks.example/1",
    arguments: [],
    least: "warning",
  });
});
