/** What becomes of a request that meets the refusal (behaviour.md §4 "Three fates"), and where else it can arise. */
export type Fate =
  /** On a host, before anything is written: a metric and one summarising event per source and hour. */
  | "dropped"
  /** On a host: event 12290 and the failed counter in one commit. At a publisher: the issuance log, nothing issued. */
  | "refused"
  /** Served: a signed statement says it; event 12290 and one licence-status line are committed. */
  | "statement"
  /** On the machine that reports it; it never came over the wire as such. */
  | "local";

/** Connect's names of the gRPC codes used here; "" = the reason never crosses the wire as an error. */
export type RpcCode =
  | ""
  | "invalid_argument"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "unauthenticated";

/** What a client does about it (protocol.md §5.5). An unsigned refusal never changes licence state. */
export type ClientAction =
  /** Ask again within the range of versions the parameters name, else the next host. */
  | "use-version-range"
  | "next-host"
  /** Next host, and tell the person; the schedule goes on. */
  | "next-host-and-notify"
  /** Our own bug: log it, leave that host alone for a day. */
  | "bug-long-backoff"
  /** Next host with the same bytes; a new series at the next scheduled attempt, at most once in 24 h. */
  | "keep-bytes-next-host"
  /** Leave that host alone for retry_after, then full jitter; the client's own schedule is not changed. */
  | "honour-retry-after"
  /** Full-jitter backoff on that host, next host meanwhile. */
  | "back-off-target"
  /** A signed count below what is required: wait the activation interval. */
  | "wait-activation-interval"
  /** A signed directive: draw a new CMID, within the limits of protocol.md §7.5. */
  | "replace-identity"
  /** A person has to act: show the remedy. */
  | "show-remedy"
  | "none";

/** Exit codes of the house (architecture.md, "Terminal rules") that a refusal can end a command with. */
export type ExitCode = 0 | 1 | 2 | 4 | 5 | 6 | 7 | 8 | 75 | 130;

/** One reason as the tables write it; `REFUSALS` adds the reason itself and its page. */
export interface RefusalRow {
  /** The HRESULT administrators know, else a number of our own facility 0xE0C5: assigned once, never reused. */
  readonly code: number;
  readonly fate: Fate;
  readonly rpcCode: RpcCode;
  readonly exitCode: ExitCode;
  readonly clientAction: ClientAction;
  /** What was expected and found; `{name}` is a parameter, `[…]` is left out when a parameter in it is missing. */
  readonly sentence: string;
  /** What to do next, in the same notation. */
  readonly remedy: string;
}
