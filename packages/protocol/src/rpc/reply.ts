/** The answer to one call, before a transport dresses it: message bytes, or a refusal of the closed list. */
export type RpcReply =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly refusal: RpcRefusal };

/** An unsigned error as it crosses the wire (protocol.md §5.5). Never changes licence state. */
export interface RpcRefusal {
  /** One of domain's refusal reasons. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterS: number; // 0 = none
  readonly params: Readonly<Record<string, string>>;
}

/** Who asks, as the socket says. */
export interface Peer {
  /** Numeric address without port; "" for a Unix socket. */
  readonly address: string;
}

/** A method of a service as a function of bytes: the same for a socket, a test and the simulator. */
export type RpcMethod = (request: Uint8Array, peer: Peer) => Promise<RpcReply>;
