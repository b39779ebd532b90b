import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, connect as open, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { RefusalError, type RefusalReason, remedyOf } from "@countersign/domain";
import { type HostOptions, startHost } from "../../src/main.ts";
import { requestBytes } from "../site.ts";
import { openDoor, post } from "./door.ts";

const door = await openDoor();
const HOST_PROCESS = fileURLToPath(import.meta.resolve("../host-process.ts"));

/** The refusal a start ends with: it has a name, a sentence that fits it, and a remedy. */
async function refusedStart(changed: Partial<HostOptions>, reason: RefusalReason): Promise<string> {
  const fault = await startHost({ ...door.options, ...changed }).then(
    async (host) => {
      await host.stop();
      return undefined;
    },
    (error: unknown) => error,
  );
  assert.ok(fault instanceof RefusalError, `a refusal, found ${fault}`);
  assert.equal(fault.refusal.reason, reason);
  assert.notEqual(remedyOf(fault.refusal), "");
  return fault.message;
}

async function inOwnDirectory(work: (dataDirectory: string) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), "countersign-process-"));
  try {
    await work(join(place, "host"));
  } finally {
    await rm(place, { recursive: true });
  }
}

/** A host as a process of its own over a directory. */
async function hostProcess(dataDirectory: string, shell = "exec") {
  const command = `${shell} "${process.execPath}" --disable-warning=ExperimentalWarning "${HOST_PROCESS}" "${dataDirectory}"`;
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { child, port: Number(JSON.parse(String(line)).port), exited: once(child, "exit") };
}

describe("a second process on the same store", () => {
  it("is STORE_LOCKED and takes nothing from the first", async () => {
    const message = await door.unchanged(() => refusedStart({}, "STORE_LOCKED"));
    assert.match(message, /host\.db/);
    await door.stillServes();
  });

  it("is STORE_LOCKED beside a process of its own, until that one is gone, however it went", async () => {
    await inOwnDirectory(async (dataDirectory) => {
      await door.stop();
      await cp(door.options.dataDirectory, dataDirectory, {
        recursive: true,
        filter: (path) => !path.endsWith(".sock"),
      });
      await door.restart();
      const first = await hostProcess(dataDirectory);
      await refusedStart({ dataDirectory }, "STORE_LOCKED");
      const asked = { headers: { "content-type": "application/proto" }, body: requestBytes(door.product) };
      assert.equal((await post(first.port, asked)).reason, "", "the first serves on");
      first.child.kill("SIGKILL");
      await first.exited;
      const second = await startHost({ ...door.options, dataDirectory });
      assert.equal((await post(second.port, asked)).reason, "");
      await second.stop();
    });
  });
});

describe("a port in use", () => {
  for (const name of ["port", "adminPort"] as const) {
    it(`is PORT_IN_USE and names it when it is the ${name}, and the store is free again`, async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const address = other.address();
      assert.ok(typeof address === "object" && address !== null);
      await inOwnDirectory(async (dataDirectory) => {
        const message = await refusedStart({ dataDirectory, [name]: address.port }, "PORT_IN_USE");
        assert.match(message, new RegExp(`\\b${address.port}\\b`));
        const host = await startHost({ ...door.options, dataDirectory });
        await host.stop();
      });
      await new Promise((resolve) => other.close(resolve));
    });
  }
});

describe("a place a host cannot live in", () => {
  it("is CONFIGURATION_INVALID when the address is another machine's", () =>
    inOwnDirectory(async (dataDirectory) => {
      const message = await refusedStart({ dataDirectory, listenAddress: "192.0.2.1" }, "CONFIGURATION_INVALID");
      assert.match(message, /192\.0\.2\.1/);
    }));

  it("is CONFIGURATION_INVALID when the path is too long for a socket", () =>
    inOwnDirectory(async (place) => {
      const dataDirectory = join(place, "x".repeat(120));
      assert.match(await refusedStart({ dataDirectory }, "CONFIGURATION_INVALID"), /admin\.sock/);
    }));

  it("is FILE_UNREADABLE when the data directory is a file", () =>
    inOwnDirectory(async (dataDirectory) => {
      await writeFile(dataDirectory, "");
      await refusedStart({ dataDirectory }, "FILE_UNREADABLE");
    }));
});

describe("a process without file descriptors", () => {
  it(
    "goes on when there are some again: connections beyond them end it not",
    { skip: process.platform === "win32" },
    () =>
      inOwnDirectory(async (dataDirectory) => {
        const { child, port, exited } = await hostProcess(dataDirectory, "ulimit -n 60 && exec");
        const sockets: Socket[] = [];
        for (let i = 0; i < 150; i++) {
          const socket = open(port, "127.0.0.1");
          socket.on("error", () => {});
          sockets.push(socket);
        }
        await Promise.all(sockets.map((socket) => settled(socket)));
        for (const socket of sockets) socket.destroy();
        const asked = { headers: { "content-type": "application/proto" }, body: requestBytes(door.product) };
        assert.equal((await post(port, asked)).reason, "HOST_NOT_ENABLED");
        assert.equal(child.exitCode, null);
        child.stdin.end();
        assert.equal((await exited)[0], 0);
      }),
  );
});

/** Connected, or closed by the other side. */
function settled(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => resolve());
  });
}
