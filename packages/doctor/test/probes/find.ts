import { randomBytes } from "node:crypto";
import { httpTransport } from "@countersign/client/node";
import type { TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { type FinderReport, judgeHosts } from "../../src/index.ts";
import { dnsLookUp, type FinderPorts, gatherFinderFacts } from "../../src/probes/index.ts";

/** As `countersign hosts find` calls hosts. */
export const TRANSPORT = httpTransport({ connectTimeoutMs: 3_000, totalTimeoutMs: 10_000 });

/** What a test looks for, and by which DNS server. */
export interface Wanted {
  readonly domains: readonly string[];
  readonly trust: TrustState;
  readonly server: string;
  /** Ports on loopback of hosts that are named as ours. */
  readonly ourPorts?: readonly number[];
  readonly transport?: FinderPorts["transport"];
  readonly addressMs?: number;
}

/** Facts, through JSON as a bundle carries them, and what is judged of them. */
export async function find({ domains, trust, server, ourPorts = [], ...other }: Wanted) {
  const ownHosts = ourPorts.map((port) => ({ host: "127.0.0.1", port }));
  const facts = await gatherFinderFacts(
    { domains, trusts: [trust], ownHosts, uses: [] },
    {
      ...{ transport: TRANSPORT, cryptography: nodeCryptography, nowMs: Date.now, lookUp: dnsLookUp([server]) },
      random: (length) => new Uint8Array(randomBytes(length)),
      ...other,
    },
  );
  return judgeHosts(JSON.parse(JSON.stringify(facts))) satisfies FinderReport;
}
