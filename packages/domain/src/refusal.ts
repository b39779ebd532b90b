/** What becomes of a request that is refused so (behaviour.md §4): dropped and refused are a host's, the rest local. */
export type Fate = "dropped" | "refused" | "statement" | "local";

/** What a client does with it (protocol.md §5.5). Unsigned refusals only ever choose the next host. */
export type ClientAction =
  | "next-host"
  | "next-host-and-notify"
  | "keep-bytes-next-host"
  | "honour-retry-after"
  | "long-backoff"
  | "retry-interval"
  | "show-remedy"
  | "none";

/** One reason of the closed list. `code`: the HRESULT administrators know, else 0xE0C5nnnn, never reused. */
export interface RefusalRow {
  readonly code: number;
  readonly fate: Fate;
  /** Connect code name; "" when it never crosses the wire. */
  readonly rpcCode: string;
  readonly exitCode: number;
  readonly clientAction: ClientAction;
  /** What was expected or found; `{name}` is filled from the params. */
  readonly sentence: string;
  readonly remedy: string;
}

type Shape = readonly [code: number, fate: Fate, rpcCode: string, exitCode: number, clientAction: ClientAction];

const row = (shape: Shape, sentence: string, remedy: string): RefusalRow => {
  const [code, fate, rpcCode, exitCode, clientAction] = shape;
  return { code, fate, rpcCode, exitCode, clientAction, sentence, remedy };
};
/** A document or statement that does not verify: the client reports UNTRUSTED_HOST with this inner reason. */
const unverified = (
  code: number,
  sentence: string,
  remedy = "point the client at a host its vendor certified; if it is one, carry in the vendor's newest trust file",
): RefusalRow => row([code, "local", "invalid_argument", 1, "next-host"], sentence, remedy);

/** THE table: every refusal and failure, read by CLI, events, host, publisher, client and docs (behaviour.md §6). */
export const REFUSALS = {
  COUNT_TOO_LOW: row(
    [0xc004f038, "statement", "", 6, "retry-interval"],
    "the host counts {count} machines and {required} are required",
    "let more machines ask this host; if many already do, look for duplicate CMIDs or several hosts sharing the machines",
  ),
  ALL_HOSTS_FAILED: row(
    [0xc004f074, "local", "", 4, "retry-interval"],
    "every host that was tried failed",
    "read the inner code of each attempt; they name the cause",
  ),
  HOST_NOT_ENABLED: row(
    [0xc004f039, "refused", "failed_precondition", 7, "next-host"],
    "this machine has no host key for the publisher asked for",
    "install a host key on it, or point the client at another host",
  ),
  HOST_NOT_ACTIVATED: row(
    [0xc004f041, "refused", "failed_precondition", 7, "next-host"],
    "the host has no valid certificate of this publisher",
    "activate the host: countersign host activate",
  ),
  HOST_CERT_EXPIRED: row(
    [0xe0c50001, "refused", "failed_precondition", 7, "next-host"],
    "the host's certificate has ended",
    "renew it where the publisher can be reached: countersign host activate",
  ),
  HOST_CLOCK_SUSPECT: row(
    [0xe0c50002, "refused", "failed_precondition", 75, "next-host"],
    "the host's clock is behind its own certificate",
    "set the host's clock; then countersign host clock accept",
  ),
  HOST_TOO_OLD: row(
    [0xe0c50003, "refused", "failed_precondition", 7, "next-host"],
    "the product asks for a newer host than this one",
    "update the host",
  ),
  GROUP_NOT_AUTHORIZED: row(
    [0xc004f042, "refused", "permission_denied", 7, "next-host"],
    "the host's key does not cover the key group of this product",
    "install a host key that covers it (a newer generation or class), or use a host that has one",
  ),
  PRODUCT_UNKNOWN: row(
    [0xc004f042, "refused", "not_found", 7, "next-host"],
    "no policy on this host names the product",
    "give the host its vendor's newest trust file: countersign host trust add",
  ),
  SETUP_KEY_NOT_ACCEPTED: row(
    [0xe0c50004, "refused", "permission_denied", 7, "next-host-and-notify"],
    "the signed policy does not list the setup key of the client",
    "install the setup key the vendor publishes for this product",
  ),
  CLOCK_SKEW: row(
    [0xc004f06c, "local", "", 1, "next-host"],
    "the clocks of client and host differ by more than the certificate allows",
    "set the clock of the machine that is wrong",
  ),
  UNSUPPORTED_VERSION: row(
    [0xe0c50005, "dropped", "failed_precondition", 1, "next-host"],
    "the request speaks a protocol version this host does not",
    "update the older side",
  ),
  REQUEST_INVALID: row(
    [0xe0c50006, "dropped", "invalid_argument", 1, "long-backoff"],
    "the request is not well-formed: {detail}",
    "update the client; if it is current, report this",
  ),
  REQUEST_TOO_LARGE: row(
    [0xe0c50007, "dropped", "invalid_argument", 1, "long-backoff"],
    "the request is larger than {limit} bytes",
    "update the client; if it is current, report this",
  ),
  NONCE_REUSED: row(
    [0xe0c50008, "dropped", "already_exists", 1, "keep-bytes-next-host"],
    "the nonce was used before with other bytes",
    "nothing: the client asks anew on its schedule; if it repeats, the machine's store is being copied back",
  ),
  RATE_LIMITED: row(
    [0xe0c50009, "dropped", "resource_exhausted", 75, "honour-retry-after"],
    "too many requests from this source",
    "wait {retryAfterS} s, or raise the limit for this source on the host",
  ),
  OVERLOADED: row(
    [0xe0c5000a, "dropped", "unavailable", 75, "honour-retry-after"],
    "the host has more requests waiting than it can answer in time",
    "wait; if it lasts, look at the host's disk and processor",
  ),
  STORE_UNAVAILABLE: row(
    [0xe0c5000b, "dropped", "unavailable", 75, "honour-retry-after"],
    "the store could not be written: {detail}",
    "free space on the host's data directory or mend its disk; nothing accepted was lost",
  ),
  SIGNER_UNAVAILABLE: row(
    [0xe0c5000c, "dropped", "unavailable", 75, "honour-retry-after"],
    "the host's signing key could not be reached",
    "check the key file or the external signer",
  ),
  UNKNOWN_PUBLISHER: row(
    [0xe0c5000d, "dropped", "not_found", 7, "next-host"],
    "this host does not serve the publisher asked for",
    "give the host the vendor's trust file: countersign host trust add",
  ),
  REIDENTIFY: row(
    [0xe0c5000e, "statement", "", 75, "none"],
    "another machine uses this CMID; a new one is taken",
    "nothing: it heals itself; generalize images before copying them: countersign client generalize",
  ),
  UNTRUSTED_HOST: row(
    [0xe0c5000f, "local", "", 1, "next-host"],
    "the answer of {host} does not verify: {inner}",
    "remove the host from DNS or the client's settings unless the vendor certified it",
  ),
  HOST_UNREACHABLE: row(
    [0x800706ba, "local", "", 4, "next-host"],
    "no connection to {host}: {detail}",
    "check that the host runs, its port is open and the name is right",
  ),
  TIMEOUT: row(
    [0x800705b4, "local", "", 4, "next-host"],
    "no answer from {host} in time",
    "check firewalls on the way to tcp {port}; a filtered port looks so",
  ),
  GRACE_EXPIRED: row(
    [0xc004f009, "local", "", 6, "retry-interval"],
    "the grace period is over",
    "activate: the machine must reach a host with a sufficient count",
  ),
  LEASE_REVOKED: row(
    [0xc004f200, "local", "", 6, "next-host"],
    "the vendor revoked host activation {serial}",
    "point this machine at another host",
  ),
  MACHINE_CHANGED: row(
    [0xc004f00f, "local", "", 6, "retry-interval"],
    "the hardware is out of tolerance of the licence",
    "activate again: the host need only be reachable",
  ),
  KEY_INVALID: row(
    [0xc004f050, "local", "invalid_argument", 2, "show-remedy"],
    "the product key is not valid: {detail}",
    "type it again; five groups of five symbols, without I, L, O and U",
  ),
  KEY_REVOKED: row(
    [0xc004f051, "refused", "permission_denied", 7, "show-remedy"],
    "the vendor revoked this product key",
    "ask the vendor for another",
  ),
  KEY_UNKNOWN: row(
    [0xe0c50010, "refused", "permission_denied", 7, "show-remedy"],
    "the publisher does not know this key, or the proof of it is wrong",
    "check that key and trust file are of the same vendor, then type the key again",
  ),
  KEY_FOR_OTHER_PUBLISHER: row(
    [0xe0c50011, "local", "", 2, "show-remedy"],
    "the key fits none of the publishers known here",
    "add the vendor's trust file first: countersign host trust add",
  ),
  KEY_WRONG_KIND: row(
    [0xe0c50012, "local", "", 2, "show-remedy"],
    "expected a {expected}, found a {found}",
    "install the key of the kind that is asked for",
  ),
  KEY_FOR_OTHER_PRODUCT: row(
    [0xc004f015, "local", "", 2, "show-remedy"],
    "the setup key is of another product",
    "use the setup key of the product that is installed",
  ),
  KEY_NOT_INSTALLED: row(
    [0xc004f014, "local", "", 6, "show-remedy"],
    "no product key is installed",
    "install one: countersign host key install, or countersign client init",
  ),
  EDITION_WITHOUT_CHANNEL: row(
    [0xc004f069, "local", "", 7, "show-remedy"],
    "this edition cannot be activated with a key of this kind",
    "use an edition with volume activation, or the right kind of key",
  ),
  REARM_EXHAUSTED: row(
    [0xc004d307, "local", "", 7, "show-remedy"],
    "no rearm is left",
    "activate the machine; a new installation has its rearms again",
  ),
  QUOTA_EXHAUSTED: row(
    [0xc004c020, "refused", "permission_denied", 7, "show-remedy"],
    "the MAK has no activation left",
    "return one, or ask the vendor for more",
  ),
  HOST_LIMIT_REACHED: row(
    [0xc004c008, "refused", "permission_denied", 7, "show-remedy"],
    "the host key is used on as many hosts, or as often, as agreed",
    "ask the vendor for more, or use a host that is activated already",
  ),
  HOST_LINEAGE_FORK: row(
    [0xe0c50013, "refused", "permission_denied", 7, "show-remedy"],
    "another copy of this host renewed before it",
    "activate this copy as a new host: it needs its host key again",
  ),
  CONFIRMATION_CODE_WRONG: row(
    [0xc004f04d, "local", "", 2, "show-remedy"],
    "the code was mistyped",
    "type the block that is marked again",
  ),
  PUBLISHER_UNREACHABLE: row(
    [0x80072efd, "local", "", 4, "show-remedy"],
    "no connection to the publisher at {url}: {detail}",
    "check the address, the proxy and the firewall; or activate by file",
  ),
  DNS_NAME_NOT_FOUND: row(
    [0x8007232b, "local", "", 4, "next-host"],
    "the name {name} does not exist",
    "publish the host in DNS or set it by hand",
  ),
  DNS_NO_RECORDS: row(
    [0x8007251d, "local", "", 4, "next-host"],
    "{name} has no SRV record",
    "publish the host in DNS or set it by hand",
  ),
  DNS_SERVER_FAILURE: row([0x8007232a, "local", "", 4, "next-host"], "the DNS server failed", "mend DNS"),
  DNS_REFUSED: row(
    [0x8007232d, "local", "", 1, "none"],
    "the DNS server refused the update",
    "allow the update for this host's key",
  ),
  DNS_BADSIG: row(
    [0x80072338, "local", "", 1, "none"],
    "the DNS server found our signature bad",
    "compare the TSIG key on both sides",
  ),
  DNS_BADKEY: row(
    [0x80072339, "local", "", 1, "none"],
    "the DNS server does not know our TSIG key",
    "compare the key's name on both sides",
  ),
  DNS_BADTIME: row([0x8007233a, "local", "", 1, "none"], "the DNS server's clock differs too much", "set the clocks"),
  ARMOUR_INVALID: row(
    [0xe0c50014, "local", "invalid_argument", 2, "show-remedy"],
    "the file is not one armoured Countersign block: {detail}",
    "copy the whole file again, from its BEGIN to its END line",
  ),
  DOCUMENT_TOO_LARGE: unverified(0xe0c50015, "a signed document is larger than its type allows"),
  DOCUMENT_MALFORMED: unverified(0xe0c50016, "a signed document cannot be read"),
  DOCUMENT_WRONG_TYPE: unverified(0xe0c50017, "a signed document is of another type than expected"),
  DOCUMENT_UNSUPPORTED: unverified(
    0xe0c50018,
    "a signed document has a critical field or format this version does not know",
    "update this side",
  ),
  DOCUMENT_INVALID: unverified(0xe0c50019, "a signed document breaks a rule of its type: {detail}"),
  DOCUMENT_FOREIGN: unverified(0xe0c5001a, "a signed document is of another publisher"),
  SIGNATURE_MISSING: unverified(0xe0c5001b, "too few signatures of trusted keys"),
  SIGNATURE_INVALID: unverified(0xe0c5001c, "the signature of a trusted key is wrong"),
  KEY_WEAK: unverified(0xe0c5001d, "a public key is of small order or not canonical"),
  ROOT_CHAIN_BROKEN: unverified(0xe0c5001e, "the chain of root sets does not hold"),
  ISSUER_NOT_TRUSTED: unverified(0xe0c5001f, "no issuing key of the manifest may have signed this"),
  CERTIFICATE_MISSING: unverified(0xe0c50020, "the answer names a certificate that is not known here"),
  CERTIFICATE_NOT_YET_VALID: unverified(
    0xe0c50021,
    "the host's certificate is not valid yet",
    "set the clock of this machine",
  ),
  CERTIFICATE_EXPIRED: unverified(0xe0c50022, "the host's certificate has ended", "renew the host's activation"),
  CERTIFICATE_REVOKED: unverified(0xe0c50023, "the vendor revoked the host's certificate", "use another host"),
  CERTIFICATE_OTHER_KEY: unverified(0xe0c50024, "the certificate is not for the key that signed"),
  KEY_PROOF_INVALID: unverified(0xe0c50025, "the request does not prove the product key"),
  HEAD_MISMATCH: unverified(0xe0c50026, "the batch head is of another host or certificate"),
  PROOF_INVALID: unverified(0xe0c50027, "the inclusion proof does not lead to the signed root"),
  STATEMENT_MISMATCH: unverified(0xe0c50028, "the statement answers another request"),
  VALIDITY_TOO_LONG: unverified(0xe0c50029, "the lease is longer than certificate and policy allow"),
  LEASE_BELOW_REQUIRED: unverified(0xe0c5002a, "the lease was granted below the required count"),
  STORE_LOCKED: row(
    [0xe0c5002b, "local", "", 8, "none"],
    "another process has the store open: {detail}",
    "stop that process, or use its admin socket",
  ),
  STORE_NEWER: row(
    [0xe0c5002c, "local", "", 2, "none"],
    "the store was written by a newer version: {detail}",
    "run that version, or restore the backup made before the upgrade",
  ),
  STORE_CORRUPT: row(
    [0xe0c5002d, "local", "", 1, "none"],
    "the store is damaged or not ours: {detail}",
    "restore a backup; nothing was changed",
  ),
  PORT_IN_USE: row(
    [0xe0c5002e, "local", "", 2, "none"],
    "tcp {port} is in use by another process",
    "stop it, or choose another port with --port",
  ),
  CONFIGURATION_INVALID: row(
    [0xe0c5002f, "local", "", 2, "none"],
    "the configuration is not valid: {detail}",
    "correct it",
  ),
  KEYRING_UNUSABLE: row(
    [0xe0c50030, "local", "", 1, "none"],
    "a private key cannot be used: {detail}",
    "see the hint of the message",
  ),
  EXISTS_ALREADY: row(
    [0xe0c50031, "local", "already_exists", 8, "none"],
    "{detail} exists already",
    "use it, or choose another directory",
  ),
  NOT_FOUND: row(
    [0xe0c50032, "local", "not_found", 2, "none"],
    "{detail} was not found",
    "list what there is and choose one",
  ),
  SERVICE_NOT_RUNNING: row([0xe0c50033, "local", "", 4, "none"], "nothing listens at {detail}", "start the service"),
} as const satisfies Readonly<Record<string, RefusalRow>>;

/** A name of the closed list. */
export type RefusalReason = keyof typeof REFUSALS;

/** A refusal as a value: what happened, with its particulars. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  /** 0 = none. */
  readonly retryAfterS: number;
  readonly params: Readonly<Record<string, string>>;
}

/** Fills the sentence of `reason`. */
export function refuse(reason: RefusalReason, params: Readonly<Record<string, string>> = {}, retryAfterS = 0): Refusal {
  const known: Readonly<Record<string, string>> = { ...params, retryAfterS: String(retryAfterS) };
  const message = REFUSALS[reason].sentence.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? "unknown");
  return { reason, message, retryAfterS, params };
}

/** Narrows a text that came over the wire; undefined for a reason this version does not know. */
export function refusalReasonOf(text: string): RefusalReason | undefined {
  return Object.hasOwn(REFUSALS, text) ? (text as RefusalReason) : undefined;
}

/** The page of a reason, from docs/. */
export function refusalPage(reason: RefusalReason): string {
  return `reference/refusals/${reason.toLowerCase().replaceAll("_", "-")}.md`;
}

/** `0xC004F038`. */
export function hresultText(code: number): string {
  return `0x${(code >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
}

/** A refusal that ends a command or a start: the shell turns it into an error line, hints and an exit code. */
export class RefusalError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: { readonly cause?: unknown }) {
    super(refusal.message, options);
    this.name = "RefusalError";
    this.refusal = refusal;
  }
}
