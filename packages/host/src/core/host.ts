import { toUuid } from "@countersign/domain";
import type { RpcMethod, RpcReply } from "@countersign/protocol";
import { administration } from "./administration.ts";
import { type DnsPublisher, openDnsPublisher } from "./dns/dns-publisher.ts";
import { openEventLog } from "./event-log.ts";
import { createExamine } from "./facts/examine-client.ts";
import { gatherFacts } from "./facts/gather-facts.ts";
import { documentsReply, hostInfoReply } from "./host-info.ts";
import { hostLicences } from "./host-licence.ts";
import type { HostParts } from "./host-parts.ts";
import { type HostCore, openCore, writing } from "./open-core.ts";
import type { Seat } from "./seat.ts";
import { statusOf, whyUnready } from "./status.ts";
import { type FindingWatch, fatalCauses, openFindingWatch } from "./watch/finding-watch.ts";

/** A host without sockets: methods of bytes, and what its administrator may do. */
export type Host = Awaited<ReturnType<typeof createHost>>;

/** Opens what the store holds; rejects when a stored seat or its keys are damaged. */
export async function createHost(parts: HostParts) {
  const core = await openCore(parts);
  const dns = await openDnsPublisher(core, writing(core).systemEvent);
  const administered = administration(core, dns);
  const { certificateFailure } = administered;
  const facts = () => gatherFacts({ core, dns, certificateFailure });
  const findings = await openFindingWatch(core, facts);
  return { ...serving(core, dns, findings), ...administered, dns, facts, findings };
}

function productNames(seats: readonly Seat[]): ReadonlyMap<string, string> {
  const products = seats.flatMap((seat) => [...seat.products.values()].map(({ product }) => product));
  return new Map(products.map(({ activationId, name }) => [toUuid(activationId), name]));
}

function serving(core: HostCore, dns: DnsPublisher, findings: FindingWatch) {
  const { state, drops, nowMs, activate, batcher, startedMs, seats } = core;
  return {
    activate,
    getHostInfo: ((bytes, peer) => hostInfoReply(bytes, peer.address, state, seats())) satisfies RpcMethod,
    getDocuments: (async (bytes): Promise<RpcReply> => documentsReply(bytes, seats())) satisfies RpcMethod,
    examine: createExamine(core),
    drops,
    nowMs,
    events: openEventLog(core.parts),
    /** Names of the products by activation id, for who looks for one by name. */
    productNames: () => productNames(seats()),
    productNameOf: (seat: number, productId: number) =>
      seats()
        .find(({ row }) => row.seat === seat)
        ?.products.get(productId)?.product.name ?? "",
    status: () =>
      statusOf({ state, seats: seats(), batcher, startedMs, dns: dns.facts(), findings: findings.standing }),
    licences: () => hostLicences(seats(), state, dns.facts().publications),
    unready: async () => [...(await whyUnready({ state, seats: seats() })), ...fatalCauses(findings)],
  };
}
