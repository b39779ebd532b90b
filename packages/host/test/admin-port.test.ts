import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { type HostOptions, startHost } from "../src/main.ts";
import { eventsOf, replyOf } from "./bad-input/door.ts";
import { adminOf } from "./site.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-admin-"));
after(() => rm(directory, { recursive: true, force: true }));

const SERVICE = "/countersign.v1.HostAdminService";

async function hostWith(name: string, options: Partial<HostOptions> = {}) {
  const dataDirectory = join(directory, name);
  const host = await startHost({
    ...{ dataDirectory, port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" },
    ...options,
  });
  return { host, dataDirectory, admin: adminOf(host.adminSocket) };
}

async function call(port: number, method: string, token: string, body: object = {}) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const url = `http://127.0.0.1:${port}${SERVICE}/${method}`;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}

describe("tcp 1689", () => {
  test("is health only until an administrator exists, and again when the last one is revoked", async () => {
    const { host, admin } = await hostWith("health-only");
    assert.equal((await call(host.adminPort, "GetStatus", "")).status, 404);
    await admin.addAdministrator({ name: "mona", role: "viewer" });
    assert.equal((await call(host.adminPort, "GetStatus", "")).status, 401);
    assert.equal((await fetch(`http://127.0.0.1:${host.adminPort}/healthz`)).status, 200);
    await admin.revokeAdministrator({ name: "mona" });
    assert.equal((await call(host.adminPort, "GetStatus", "")).status, 404);
    await host.stop();
  });

  test("a token opens what its role may do, until it ends or is revoked; the store holds no token", async () => {
    const clock = { wallMs: Date.now() };
    const { host, admin, dataDirectory } = await hostWith("tokens", { clock: { wallMs: () => clock.wallMs } });
    const { token } = await admin.addAdministrator({ name: "mona", role: "viewer" });
    const { token: operator } = await admin.addAdministrator({ name: "otto", role: "operator" });
    assert.match(token, /^csadm_[0-9a-f]{64}$/);
    assert.equal((await call(host.adminPort, "GetStatus", token)).status, 200);
    const setting = { name: "activationIntervalMinutes", value: "30" };
    const refused = await call(host.adminPort, "SetSetting", token, setting);
    assert.equal(replyOf(refused.status, Buffer.from(refused.text)).reason, "NOT_AUTHORISED");
    assert.equal((await call(host.adminPort, "SetSetting", operator, setting)).status, 200);
    assert.equal(eventsOf(dataDirectory, 30012).at(-1)?.data["actor"], "otto");
    await admin.revokeAdministrator({ name: "mona" });
    assert.equal((await call(host.adminPort, "GetStatus", token)).status, 401);
    const names = (await admin.listAdministrators({})).administrators.map(({ name, role }) => `${name} ${role}`);
    assert.deepEqual(names, ["otto operator"]);
    await host.stop();
    const files = ["host.db", "host.db-wal"].map((name) => join(dataDirectory, name));
    const stored = Buffer.concat(files.map(readIfThere)).toString("latin1");
    assert.equal(stored.includes(token.slice(0, 20)), false);
  });

  test("a token lives through a restart and ends at its time", async () => {
    const { host, admin } = await hostWith("ends");
    const expiresMs = BigInt(Date.now() + 3_600_000);
    const { token } = await admin.addAdministrator({ name: "mona", role: "viewer", expiresMs });
    await host.stop();
    const again = await hostWith("ends");
    assert.equal((await call(again.host.adminPort, "GetStatus", token)).status, 200);
    await again.host.stop();
    const later = { wallMs: () => Date.now() + 3_700_000 };
    const late = await hostWith("ends", { clock: later });
    assert.equal((await call(late.host.adminPort, "GetStatus", token)).status, 401);
    await late.host.stop();
  });

  test("a name is given once, a role is one of three, an end lies ahead", async () => {
    const { host, admin } = await hostWith("names");
    await admin.addAdministrator({ name: "mona", role: "viewer" });
    await assert.rejects(admin.addAdministrator({ name: "mona", role: "viewer" }), /found mona/);
    await assert.rejects(admin.addAdministrator({ name: "otto", role: "root" }), /viewer, operator, administrator/);
    await assert.rejects(admin.addAdministrator({ name: "a b", role: "viewer" }), /1 to 64 letters/);
    await assert.rejects(admin.addAdministrator({ name: "otto", role: "viewer", expiresMs: 1n }), /end in the future/);
    await assert.rejects(admin.revokeAdministrator({ name: "otto" }), /known: mona/);
    await host.stop();
  });

  test("away from loopback a token opens nothing without tls, and everything its role may with it", async (t) => {
    const certificate = selfSigned();
    if (certificate === undefined) return t.skip("needs openssl to make a certificate");
    const open = await hostWith("open", { listenAddress: "0.0.0.0" });
    const { token } = await open.admin.addAdministrator({ name: "mona", role: "viewer" });
    const answer = await call(open.host.adminPort, "GetStatus", token);
    assert.match(answer.text, /only with tls/);
    await open.host.stop();
    const closed = await hostWith("open", { listenAddress: "0.0.0.0", tls: certificate });
    const status = await statusOverTls(closed.host.adminPort, token, readFileSync(certificate.certificateFile));
    assert.equal(status, 200);
    await closed.host.stop();
  });

  test("a certificate that is not there is named when the host starts", async () => {
    const tls = { certificateFile: join(directory, "none.pem"), keyFile: join(directory, "none.key") };
    await assert.rejects(hostWith("no-certificate", { tls }), /expected to read .*none\.pem/);
  });
});

describe("the sockets of a host", () => {
  test("everybody on the machine may look, and nothing else; the store and the keys stay their owner's", async () => {
    const { host, dataDirectory } = await hostWith("sockets");
    const modeOf = (name: string) => (statSync(join(dataDirectory, name)).mode & 0o777).toString(8);
    assert.deepEqual(["admin.sock", "view.sock", "host.db", "host.db-wal", "keys", "."].map(modeOf), [
      ...["600", "666", "600", "600", "700", "711"],
    ]);
    const looking = adminOf(join(dataDirectory, "view.sock"));
    assert.equal((await looking.getStatus({})).softwareVersion, "0.1.0");
    assert.equal((await looking.getLicence({})).softwareVersion, "0.1.0");
    await assert.rejects(looking.setSetting({ name: "lowPriority", value: "on" }), /setSetting is for administrators/);
    await assert.rejects(looking.listEvents({}), /listEvents is for administrators/);
    await host.stop();
  });

  test("somebody who is not root reads a host of root's, and changes nothing", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("needs root to become somebody else");
    const { host, dataDirectory } = await hostWith("of-root");
    chmodSync(directory, 0o711);
    const ask = async (socket: string, method: string) =>
      (
        await promisify(execFile)(
          "curl",
          [
            ...["-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", join(dataDirectory, socket)],
            ...["-H", "content-type: application/json", "-d", "{}", `http://localhost${SERVICE}/${method}`],
          ],
          { uid: 65_534, gid: 65_534, encoding: "utf8" },
        )
      ).stdout;
    assert.equal(await ask("view.sock", "GetLicence"), "200");
    assert.equal(await ask("view.sock", "RemoveKey"), "401");
    await assert.rejects(ask("admin.sock", "GetLicence"));
    await host.stop();
  });
});

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function selfSigned(): { certificateFile: string; keyFile: string } | undefined {
  const files = { certificateFile: join(directory, "tls.pem"), keyFile: join(directory, "tls.key") };
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  try {
    execFileSync("openssl", [...words, ...subject, "-keyout", files.keyFile, "-out", files.certificateFile], {
      stdio: "ignore",
    });
    return files;
  } catch (error) {
    assert.equal(process.env["CI"], undefined, `openssl is missing: ${String(error)}`);
    return undefined;
  }
}

function statusOverTls(port: number, token: string, ca: Buffer): Promise<number | undefined> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const path = `${SERVICE}/GetStatus`;
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: "127.0.0.1", port, path, method: "POST", headers, ca }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode));
    });
    request.once("error", reject);
    request.end("{}");
  });
}
