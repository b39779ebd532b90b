import { performance } from "node:perf_hooks";
import { startHost } from "../packages/host/src/main.ts";
import { type PreparedSite, requestOf } from "../packages/host/test/site.ts";
import { encodeActivateRequest, openTrust, verifyStatement } from "../packages/protocol/src/index.ts";
import { nodeCryptography } from "../packages/protocol/src/node/index.ts";

const ROUNDS = 300;

/** Median milliseconds of §5.3 on a reply with its chain, nothing cached but the opened trust file. */
export async function measureColdVerification(site: PreparedSite): Promise<number> {
  const [product] = site.products;
  const trust = await openTrust(site.trustFile, nodeCryptography);
  if (product === undefined || !trust.ok) throw new Error("the site's trust file does not open");
  const host = await startHost({
    dataDirectory: site.hostDirectory,
    port: 0,
    adminPort: 0,
    listenAddress: "127.0.0.1",
    logLevel: "silent",
  });
  const asked = requestOf(product);
  const reply = await fetch(`http://127.0.0.1:${host.port}/countersign.v1.ActivationService/Activate`, {
    method: "POST",
    headers: { "content-type": "application/proto" },
    body: encodeActivateRequest(asked) as Uint8Array<ArrayBuffer>,
  });
  const bytes = new Uint8Array(await reply.arrayBuffer());
  await host.stop();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    const verified = await verifyStatement(
      bytes,
      { asked, trust: trust.value, wallMs: Date.now(), floorMs: 0, knownCertificate: undefined },
      nodeCryptography,
    );
    times.push(performance.now() - startedMs);
    if (!verified.ok) throw new Error(`the host's reply does not verify: ${verified.refusal.reason}`);
  }
  return Number((times.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0).toFixed(3));
}
