import type { IncomingMessage, ServerResponse } from "node:http";
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type ConnectRouter, createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { RpcMethod } from "@countersign/protocol";
import { ActivationService } from "@countersign/protocol/gen/activation";
import type { Host } from "../core/host.ts";
import { connectErrorOf } from "./connect-errors.ts";
import { type AnyRequest, type AnyResponse, isHotActivate, serveHotActivate } from "./hot-activate.ts";

const ADDRESS = createContextKey("", { description: "numeric address of the peer" });
const MAX_MESSAGE_BYTES = 8192;

/** The handler of tcp 1688: the hot method by hand, everything else by the adapter. */
export function activationHandler(host: Host): (request: AnyRequest, response: AnyResponse) => void {
  const generic = connectNodeAdapter({
    routes: (router) => routesOf(router, host),
    readMaxBytes: MAX_MESSAGE_BYTES,
    contextValues: (request) => createContextValues().set(ADDRESS, request.socket.remoteAddress ?? ""),
  });
  return (request, response) => {
    if (!isHotActivate(request)) return generic(request as IncomingMessage, response as ServerResponse);
    serveHotActivate(request, response, host.activate, (address, reason) =>
      host.drops.dropped(address, reason, host.nowMs()),
    );
  };
}

function routesOf(router: ConnectRouter, host: Host): void {
  const { activate, getHostInfo, getDocuments } = ActivationService.method;
  router.service(ActivationService, {
    activate: bridged(activate.input, activate.output, host.activate),
    getHostInfo: bridged(getHostInfo.input, getHostInfo.output, host.getHostInfo),
    getDocuments: bridged(getDocuments.input, getDocuments.output, host.getDocuments),
  });
}

function bridged<I extends DescMessage, O extends DescMessage>(input: I, output: O, method: RpcMethod) {
  return async (message: MessageShape<I>, context: HandlerContext): Promise<MessageShape<O>> => {
    const reply = await method(toBinary(input, message), { address: context.values.get(ADDRESS) });
    if (!reply.ok) throw connectErrorOf(reply.refusal);
    return fromBinary(output, reply.body);
  };
}
