import type { RefusalRow } from "./refusal-row.ts";

const STATEMENT = { fate: "statement", rpcCode: "", exitCode: 6 } as const;
const REFUSED = { fate: "refused", rpcCode: "failed_precondition", exitCode: 7, clientAction: "next-host" } as const;
const DROPPED = {
  fate: "dropped",
  rpcCode: "invalid_argument",
  exitCode: 1,
  clientAction: "bug-long-backoff",
} as const;
const BUSY = { fate: "dropped", rpcCode: "unavailable", exitCode: 75, clientAction: "back-off-target" } as const;

/** What a host answers a client with (protocol.md §5.5, behaviour.md §6). Own numbers: 0xE0C500nn. */
export const SERVING_REFUSALS = {
  COUNT_TOO_LOW: {
    ...STATEMENT,
    code: 0xc004f038,
    clientAction: "wait-activation-interval",
    sentence: "expected a current count of at least {requiredCount}, found {count}",
    remedy:
      "let more distinct machines ask this host, look for machines that share one CMID, or ask the vendor for a site grant",
  },
  REIDENTIFY: {
    ...STATEMENT,
    code: 0xe0c50001,
    clientAction: "replace-identity",
    sentence: "expected a CMID that one machine uses, found it in use by another machine[ seen last {lastSeen}]",
    remedy: "nothing to do: the machine draws a new CMID by itself; generalize the image it was copied from",
  },
  CLOCK_SKEW: {
    ...STATEMENT,
    code: 0xc004f06c,
    exitCode: 1,
    clientAction: "next-host",
    sentence: "expected the clocks of client and host within 4 hours of each other[, found {detail}]",
    remedy: "set the clock of both machines from a time server; time zones play no part",
  },
  GROUP_NOT_AUTHORIZED: {
    ...REFUSED,
    code: 0xc004f042,
    rpcCode: "permission_denied",
    sentence: "expected a product the host key covers, found one it does not cover[: key group {keyGroup}][, {detail}]",
    remedy: "point the machine at a host whose key covers this product, or install a newer host key on this host",
  },
  PRODUCT_UNKNOWN: {
    ...REFUSED,
    code: 0xc004f042,
    rpcCode: "not_found",
    sentence: "expected a product of the publisher's policies, found one no policy names[: product {productId}]",
    remedy: "give the host the publisher's newest trust file",
  },
  SETUP_KEY_NOT_ACCEPTED: {
    ...REFUSED,
    code: 0xe0c50002,
    rpcCode: "permission_denied",
    clientAction: "next-host-and-notify",
    sentence: "expected a setup key that the signed policy lists for the product[ {productId}], found another one",
    remedy: "install the setup key of exactly this product on the client",
  },
  HOST_NOT_ENABLED: {
    ...REFUSED,
    code: 0xc004f039,
    sentence: "expected a host with a host key installed, found none[ at {host}]",
    remedy: "run countersign host key install on the host, or point the client at another host",
  },
  HOST_NOT_ACTIVATED: {
    ...REFUSED,
    code: 0xc004f041,
    sentence: "expected a host that the publisher activated, found its host key installed but not activated",
    remedy: "run countersign host activate on the host",
  },
  HOST_CERT_EXPIRED: {
    ...REFUSED,
    code: 0xe0c50003,
    sentence: "expected a host certificate in force, found one that has ended[ on {expired}]",
    remedy: "renew it: run countersign host activate where the publisher can be reached",
  },
  HOST_CLOCK_SUSPECT: {
    ...REFUSED,
    code: 0xe0c50004,
    sentence: "expected the host's clock to agree with its own records[, found {detail}]",
    remedy: "set the host's clock; it is believed after 24 hours, or at once with countersign host clock accept",
  },
  HOST_TOO_OLD: {
    ...REFUSED,
    code: 0xe0c50005,
    sentence: "expected a host new enough for this product, found an older one[: {hostVersion}, needed {leastVersion}]",
    remedy: "update the host's software",
  },
  UNSUPPORTED_VERSION: {
    ...REFUSED,
    code: 0xe0c50006,
    clientAction: "use-version-range",
    sentence: "expected a protocol version this side speaks[: {detail}]",
    remedy: "update the older side",
  },
  UNKNOWN_PUBLISHER: {
    ...REFUSED,
    code: 0xe0c50007,
    fate: "dropped",
    rpcCode: "not_found",
    sentence: "expected a publisher this host serves, found another one[: {publisherId}]",
    remedy: "give the host that publisher's trust file and host key, or point the client at another host",
  },
  REQUEST_INVALID: {
    ...DROPPED,
    code: 0xe0c50008,
    sentence: "expected a request in the form of the protocol[, found {detail}]",
    remedy: "update the client; if it is the newest, report a bug with this message",
  },
  REQUEST_TOO_LARGE: {
    ...DROPPED,
    code: 0xe0c50009,
    sentence: "expected a request within the limit of 2048 bytes[, found {detail}]",
    remedy: "update the client; if it is the newest, report a bug with this message",
  },
  NONCE_REUSED: {
    ...DROPPED,
    code: 0xe0c5000a,
    rpcCode: "already_exists",
    clientAction: "keep-bytes-next-host",
    sentence: "expected the bytes this nonce was first used with, found other bytes",
    remedy:
      "nothing to do: the client starts a new series at its next scheduled attempt; look for a copied machine if it recurs",
  },
  RATE_LIMITED: {
    ...BUSY,
    code: 0xe0c5000b,
    rpcCode: "resource_exhausted",
    clientAction: "honour-retry-after",
    sentence:
      "expected at most the configured rate of requests, found more from one source[ ({detail})][; ask again in {retryAfterS} s]",
    remedy: "wait that long; raise the limit in the host's configuration when many machines share one address",
  },
  OVERLOADED: {
    ...BUSY,
    code: 0xe0c5000c,
    clientAction: "honour-retry-after",
    sentence: "expected room in the queue, found it full[; ask again in {retryAfterS} s]",
    remedy: "wait; add a second host when this recurs outside a power-on storm",
  },
  STORE_UNAVAILABLE: {
    ...BUSY,
    code: 0xe0c5000d,
    sentence: "expected a store that can be written[, found it {detail}]",
    remedy:
      "free space on the disk that holds the data directory and check that it is mounted for writing; nothing accepted is lost",
  },
  SIGNER_UNAVAILABLE: {
    ...BUSY,
    code: 0xe0c5000e,
    fate: "statement",
    sentence: "expected the host's private key to answer[, found {detail}]",
    remedy: "check the key file or the external signer; clients ask again with the same bytes and lose nothing",
  },
  HOST_STOPPING: {
    ...BUSY,
    code: 0xe0c5000f,
    clientAction: "next-host",
    sentence: "expected a host that goes on serving, found it shutting down",
    remedy: "nothing to do: the client asks another host, or this one again after its restart",
  },
  METHOD_UNKNOWN: {
    ...DROPPED,
    code: 0xe0c50010,
    rpcCode: "unimplemented",
    sentence: "expected a method of this service, found another one[: {method}]",
    remedy: "update the older side; the host's reference lists its methods",
  },
  INTERNAL_FAULT: {
    ...BUSY,
    code: 0xe0c50011,
    rpcCode: "internal",
    exitCode: 1,
    sentence: "expected an answer, found a fault of ours that the log of the other side describes",
    remedy: "report a bug with the log's lines of that moment",
  },
  LEASE_NOT_PROVEN: {
    ...DROPPED,
    code: 0xe0c50012,
    rpcCode: "permission_denied",
    sentence: "expected the id of the newest lease of that machine, found another one",
    remedy: "ask from the machine itself, after its next request to this host was answered",
  },
} as const satisfies Readonly<Record<string, RefusalRow>>;
