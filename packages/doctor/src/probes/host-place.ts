import { createServer } from "node:net";
import type { TrustState } from "@countersign/protocol";
import type { HostPlaceFacts } from "../facts/host-place-facts.ts";
import type { LookUp } from "./look-up.ts";
import { askPublisher } from "./publisher-reach.ts";

/** The place a host would have, and what is known of its machine. */
export interface WantedPlace {
  readonly dataDirectory: string;
  readonly isSetUp: boolean;
  readonly disk: HostPlaceFacts["disk"];
  readonly ports: readonly number[];
  readonly fullName: string;
  readonly trusts: readonly TrustState[];
}

/** Looks at a place for a host. A port is tried by taking it for a moment, and nothing is left behind. */
export async function lookAtHostPlace(
  { trusts, ports, disk, ...wanted }: WantedPlace,
  { lookUp, nowMs }: { readonly lookUp: LookUp; readonly nowMs: () => number },
): Promise<HostPlaceFacts> {
  const domain = wanted.fullName.split(".").slice(1).join(".");
  const [taken, nameAddresses, { zone }, publishers] = await Promise.all([
    Promise.all(ports.map(async (port) => ({ port, inUse: await inUse(port) }))),
    addressesOf(wanted.fullName, lookUp),
    domain === "" ? { zone: "" } : lookUp.zone(domain),
    Promise.all(
      trusts.map(async ({ publisherName: name, serviceUrl: url }) => {
        const { reachable, detail } = await askPublisher(url, { lookUp, nowMs });
        return { name, url, reachable, detail };
      }),
    ),
  ]);
  return { ...wanted, ...(disk && { disk }), ports: taken, nameAddresses, zone, publishers };
}

/** Why a port cannot be taken; "" = it can. */
function inUse(port: number): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve("")));
  });
}

async function addressesOf(name: string, lookUp: LookUp): Promise<string[]> {
  const found = name === "" ? undefined : await lookUp.addresses(name);
  return found?.kind === "addresses" ? [...found.addresses] : [];
}
