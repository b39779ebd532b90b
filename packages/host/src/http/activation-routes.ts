import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import type { RefusalReason } from "@countersign/domain";
import type { RpcMethod } from "@countersign/protocol";
import { ActivationService } from "@countersign/protocol/gen/activation";
import type { Host } from "../core/host.ts";
import type { HostLog } from "../core/host-parts.ts";
import type { AnyRequest, AnyResponse } from "./any-http.ts";
import { connectErrorOf, strangerRefusal } from "./connect-errors.ts";
import { isHotActivate, serveHotActivate } from "./hot-activate.ts";
import { addressOf, rpcAdapter } from "./rpc-adapter.ts";

/** Four times a request: its JSON form is longer, and the method says by name what is over its own limit. */
const MAX_BODY_BYTES = 8192;

/** The handler of tcp 1688: the hot method by hand, everything else by the adapter. */
export function activationHandler(host: Host, log: HostLog): (request: AnyRequest, response: AnyResponse) => void {
  const failed = (fault: unknown) => log.error({ err: fault }, "a request failed");
  const named = namedMethods(host, failed);
  const dropped = (address: string, reason: RefusalReason) => host.drops.dropped(address, reason, host.nowMs());
  const generic = rpcAdapter({
    routes: (router) => routesOf(router, named),
    maxBodyBytes: MAX_BODY_BYTES,
    ...{ dropped, failed },
  });
  return (request, response) => {
    if (isHotActivate(request)) serveHotActivate(request, response, named.activate, dropped);
    else generic(request, response);
  };
}

type Methods = Readonly<Record<"activate" | "getHostInfo" | "getDocuments" | "examine", RpcMethod>>;

/** The methods of a host with every fault as a refusal: a store that fails under a read rejects. */
function namedMethods(host: Host, failed: (fault: unknown) => void): Methods {
  const named =
    (method: RpcMethod): RpcMethod =>
    async (bytes, peer) => {
      try {
        return await method(bytes, peer);
      } catch (fault) {
        failed(fault);
        return { ok: false, refusal: strangerRefusal(fault) };
      }
    };
  return {
    activate: named(host.activate),
    getHostInfo: named(host.getHostInfo),
    getDocuments: named(host.getDocuments),
    examine: named(host.examine),
  };
}

function routesOf(router: ConnectRouter, methods: Methods): void {
  const { activate, getHostInfo, getDocuments, examine } = ActivationService.method;
  router.service(ActivationService, {
    activate: bridged(activate.input, activate.output, methods.activate),
    getHostInfo: bridged(getHostInfo.input, getHostInfo.output, methods.getHostInfo),
    getDocuments: bridged(getDocuments.input, getDocuments.output, methods.getDocuments),
    examine: bridged(examine.input, examine.output, methods.examine),
  });
}

function bridged<I extends DescMessage, O extends DescMessage>(input: I, output: O, method: RpcMethod) {
  return async (message: MessageShape<I>, context: HandlerContext): Promise<MessageShape<O>> => {
    const reply = await method(toBinary(input, message), { address: addressOf(context) });
    if (!reply.ok) throw connectErrorOf(reply.refusal);
    return fromBinary(output, reply.body);
  };
}
