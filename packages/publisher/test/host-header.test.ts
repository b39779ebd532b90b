import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { createPublisher } from "../src/index.ts";
import { openPublisher, startPublisher } from "../src/main.ts";

const dataDirectory = await mkdtemp(join(tmpdir(), "countersign-publisher-"));
const parts = await openPublisher(dataDirectory);
await createPublisher({ name: "Example", serviceUrl: "http://127.0.0.1:1" }, parts);
await parts.close();
const service = await startPublisher({ dataDirectory, listenAddress: "127.0.0.1", port: 0, logLevel: "silent" });
after(async () => {
  await service.stop();
  await rm(dataDirectory, { recursive: true });
});

function answerTo(head: string): Promise<string> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connect(service.port, "127.0.0.1", () => socket.write(head));
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(received).toString("latin1")));
  });
}

it("a Host header that is missing or no address ends no process: the next host is answered", async () => {
  const path = "/countersign.v1.PublisherService/GetTrust";
  for (const host of ["", "host: a b\r\n", "host: [\r\n", "host: \r\n", "host: publisher.example\r\n"]) {
    for (const version of ["1.0", "1.1"]) {
      const head = `POST ${path} HTTP/${version}\r\n${host}connection: close\r\ncontent-type: application/json\r\n`;
      const answer = await answerTo(`${head}content-length: 2\r\n\r\n{}`);
      assert.match(answer, /^HTTP\/1\.1 (200|400) /);
    }
  }
});
