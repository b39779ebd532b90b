// Client machines as a process of its own: each asks again and again, keeps its bytes until it is answered, and fsyncs
// every acknowledgement before it goes on. Messages in: {port} or {stop}. Arguments: acknowledgement file, machines, product.
import { randomBytes } from "node:crypto";
import { fsyncSync, openSync, writeSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { toHex } from "@countersign/domain";
import { type LineageClaim, readCountReport, readLease, requestIdOf } from "@countersign/protocol";
import { ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import { nodeCryptography } from "@countersign/protocol/node";
import { requestBytes, requestOf, type SiteProduct } from "./site.ts";

const [path = "", machines = "8", productJson = "{}"] = process.argv.slice(2);
const product: SiteProduct = JSON.parse(productJson, (_, value) =>
  value?.type === "bytes" ? Uint8Array.from(value.bytes) : value,
);
const acknowledged = openSync(path, "a");
let port = 0;
let stopped = false;
const wake: (() => void)[] = [];
const waitForPort = () => new Promise<void>((resolve) => wake.push(resolve));

process.on("message", (message: { readonly port?: number; readonly stop?: boolean }) => {
  port = message.port ?? 0;
  stopped = message.stop ?? false;
  for (const resolve of wake.splice(0)) resolve();
});
await Promise.all(Array.from({ length: Number(machines) }, (_, i) => live(`pc-${i}`)));
process.exit(0);

async function live(clientName: string): Promise<void> {
  const { cmid, fingerprint, components } = requestOf(product);
  let lineage: readonly LineageClaim[] = [];
  while (!stopped) {
    const nonce = randomBytes(32);
    const bytes = requestBytes(product, { cmid, nonce, fingerprint, components, lineage, clientName });
    const answer = await askUntilAnswered(bytes);
    if (answer === undefined) return;
    const { statementType, statement } = fromBinary(ActivateResponseSchema, answer);
    const read = statementType === 1 ? readLease(statement) : readCountReport(statement);
    if (statementType > 2 || !read.ok) {
      process.send?.({ fork: toHex(cmid) });
      return;
    }
    const { hostId, seq, leaseId } = read.value;
    lineage = [{ hostId, seq, leaseId }];
    const requestId = toHex(requestIdOf(nonce, nodeCryptography.sha256));
    writeSync(acknowledged, `${toHex(leaseId)} ${toHex(cmid)} ${seq} ${requestId}\n`);
    fsyncSync(acknowledged);
  }
}

/** The same bytes until an answer arrives, whatever dies meanwhile. */
async function askUntilAnswered(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  while (!stopped) {
    const asked = port;
    if (asked === 0) {
      await waitForPort();
      continue;
    }
    try {
      const reply = await fetch(`http://127.0.0.1:${asked}/countersign.v1.ActivationService/Activate`, {
        method: "POST",
        headers: { "content-type": "application/proto" },
        body: bytes as Uint8Array<ArrayBuffer>,
      });
      if (reply.ok) return new Uint8Array(await reply.arrayBuffer());
      process.send?.({ refused: await reply.text() });
    } catch {
      // The host was killed: the next one gets the same bytes.
      if (port === asked) port = 0;
    }
  }
  return undefined;
}
