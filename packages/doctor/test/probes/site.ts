import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { type RunningHost, startHost } from "@countersign/host/main";
import { openTrust, type TrustState } from "@countersign/protocol";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { nodeCryptography } from "@countersign/protocol/node";
import { createPublisher, defineApplication, defineProduct, exportTrust, issueHostKey } from "@countersign/publisher";
import { openPublisher, startPublisher } from "@countersign/publisher/main";
import { freePort } from "./strangers.ts";

/** How far a host is set up. */
export type Setup = "activated" | "with-key" | "with-trust";

/** One publisher that runs, and hosts of its customers: each host key is of another customer. */
export interface Site {
  readonly trust: TrustState;
  readonly trustFile: Uint8Array;
  host(name: string, setup?: Setup): Promise<RunningHost>;
  /** The stopped host `name` and a copy of its directory, both started. */
  cloned(name: string): Promise<readonly [original: RunningHost, copy: RunningHost]>;
  stop(): Promise<void>;
}

/** A publisher that listens, and nothing else yet. */
export async function startSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-finder-"));
  const publisherDirectory = join(directory, "publisher");
  await mkdir(publisherDirectory);
  const port = await freePort();
  const parts = await openPublisher(publisherDirectory);
  await createPublisher({ name: "Example", serviceUrl: `http://127.0.0.1:${port}` }, parts);
  const { applicationId } = await defineApplication("Editor", parts);
  const product = { name: "Server", productClass: "server", requiredCount: 5, applicationId, generation: 1 } as const;
  const { keyGroup } = await defineProduct(product, parts);
  const trustFile = new TextEncoder().encode(await exportTrust(parts));
  const keys: string[] = [];
  for (let i = 0; i < 6; i++) keys.push((await issueHostKey({ keyGroup }, parts)).productKey);
  await parts.close();
  const listening = {
    dataDirectory: publisherDirectory,
    listenAddress: "127.0.0.1",
    port,
    logLevel: "silent",
  } as const;
  const publisher = await startPublisher(listening);
  const opened = await openTrust(trustFile, nodeCryptography);
  if (!opened.ok) throw new Error(opened.refusal.detail);
  const running: RunningHost[] = [];
  const start = async (name: string) => {
    const host = await startHost({
      ...{ dataDirectory: join(directory, name), port: 0, adminPort: 0, listenAddress: "127.0.0.1" },
      logLevel: "silent",
    });
    running.push(host);
    return host;
  };
  const made = async (name: string, setup: Setup = "activated") => {
    const host = await start(name);
    const admin = adminOf(host);
    await admin.addTrust({ trustFile });
    if (setup !== "with-trust") await admin.installKey({ productKey: keys.pop() ?? "" });
    if (setup === "activated") await admin.activateOnline({});
    return host;
  };
  return {
    ...{ trust: opened.value, trustFile, host: made },
    async cloned(name) {
      await (await made(name)).stop();
      await cp(join(directory, name), join(directory, `copy-of-${name}`), { recursive: true });
      return [await start(name), await start(`copy-of-${name}`)];
    },
    async stop() {
      for (const host of running) await host.stop();
      await publisher.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function adminOf({ adminSocket }: RunningHost) {
  const nodeOptions = { socketPath: adminSocket };
  return createClient(
    HostAdminService,
    createConnectTransport({ baseUrl: "http://localhost", httpVersion: "1.1", nodeOptions }),
  );
}
