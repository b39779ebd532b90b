export type { Peer, RpcMethod, RpcRefusal, RpcReply } from "./rpc/reply.ts";
