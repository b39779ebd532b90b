import type { RpcMethod, RpcReply } from "@countersign/protocol";
import { administration } from "./administration.ts";
import { documentsReply, hostInfoReply } from "./host-info.ts";
import { hostLicences } from "./host-licence.ts";
import type { HostParts } from "./host-parts.ts";
import { type HostCore, openCore } from "./open-core.ts";
import { statusOf, whyUnready } from "./status.ts";

/** A host without sockets: methods of bytes, and what its administrator may do. */
export type Host = Awaited<ReturnType<typeof createHost>>;

/** Opens what the store holds; rejects when a stored seat or its keys are damaged. */
export async function createHost(parts: HostParts) {
  const core = await openCore(parts);
  return { ...serving(core), ...administration(core) };
}

function serving(core: HostCore) {
  const { state, drops, nowMs, activate, batcher, startedMs, seats } = core;
  return {
    activate,
    getHostInfo: ((bytes, peer) => hostInfoReply(bytes, peer.address, state, seats())) satisfies RpcMethod,
    getDocuments: (async (bytes): Promise<RpcReply> => documentsReply(bytes, seats())) satisfies RpcMethod,
    drops,
    nowMs,
    status: () => statusOf({ state, seats: seats(), batcher, startedMs }),
    licences: () => hostLicences(seats(), state),
    unready: () => whyUnready({ state, seats: seats() }),
  };
}
