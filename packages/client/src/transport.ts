/** Where a host listens. */
export interface HostTarget {
  /** A name, an IPv4 address or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The IP address to connect to; absent: the transport finds the name itself. */
  readonly address?: string;
}

/** What one call may take, where the caller has less patience than the transport. */
export interface CallLimits {
  readonly withinMs: number;
}

/** The methods of `countersign.v1.ActivationService` that a client calls. */
export type ActivationMethod = "Activate" | "GetDocuments" | "GetHostInfo";

/** Bytes of an answer a client reads at most (protocol.md §5.0, §5.2). */
export const MAX_ANSWER_BYTES: Readonly<Record<ActivationMethod, number>> = {
  Activate: 16 * 1024,
  GetHostInfo: 16 * 1024,
  GetDocuments: 512 * 1024,
};

/** No reply arrived: why, in the words of REFUSALS. */
export type TransportFailure =
  | { readonly reason: "HOST_UNREACHABLE"; readonly detail: "refused" | "unreachable" | "reset" }
  | { readonly reason: "TIMEOUT"; readonly detail: "connect" | "reply" }
  | { readonly reason: "DNS_NAME_NOT_FOUND" | "DNS_SERVER_FAILURE"; readonly detail: string };

/** The outcome of one call. Nothing in it is trusted: bytes are unverified, a refusal is unsigned. */
export type TransportReply =
  | { readonly kind: "answer"; readonly bytes: Uint8Array }
  | { readonly kind: "refusal"; readonly reason: string; readonly message: string; readonly retryAfterS: number }
  /** Something answered that is no Countersign host, or said more than it may. */
  | { readonly kind: "foreign"; readonly detail: string }
  | ({ readonly kind: "failure" } & TransportFailure);

/** One unary call. Resolves for everything a network can do; the bytes are sent as they are. */
export type Transport = (
  target: HostTarget,
  method: ActivationMethod,
  request: Uint8Array,
  limits?: CallLimits,
) => Promise<TransportReply>;
