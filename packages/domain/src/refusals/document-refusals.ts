import type { RefusalRow } from "./refusal-row.ts";

const UNTRUSTED = { fate: "local", rpcCode: "invalid_argument", exitCode: 7, clientAction: "next-host" } as const;

/**
 * Why a document, statement or file was not accepted (protocol.md §2, §5.3, §6.3). A client reports UNTRUSTED_HOST and
 * names one of the others as the detail. Own numbers: 0xE0C503nn.
 */
export const DOCUMENT_REFUSALS = {
  UNTRUSTED_HOST: {
    ...UNTRUSTED,
    code: 0xe0c50301,
    sentence: "expected an answer signed below the publisher's root, found one[ of {host}] that fails[: {detail}]",
    remedy: "find out who answers at that address; a false host cannot license or harm this machine, only refuse it",
  },
  ARMOUR_INVALID: {
    ...UNTRUSTED,
    code: 0xe0c50302,
    sentence: "expected exactly one COUNTERSIGN text block[, found {detail}]",
    remedy: "copy the file again, whole and unchanged, as the other side wrote it",
  },
  DOCUMENT_TOO_LARGE: {
    ...UNTRUSTED,
    code: 0xe0c50303,
    sentence: "expected a document within the limit of its type[, found {detail}]",
    remedy: "ask whoever made the document to make it again with the newest version",
  },
  DOCUMENT_MALFORMED: {
    ...UNTRUSTED,
    code: 0xe0c50304,
    sentence: "expected a document in the form of the protocol[, found {detail}]",
    remedy: "fetch or copy the document again; it was damaged or is of another kind",
  },
  DOCUMENT_WRONG_TYPE: {
    ...UNTRUSTED,
    code: 0xe0c50305,
    sentence: "expected a document of another type[: {detail}]",
    remedy: "choose the file this step asks for",
  },
  DOCUMENT_UNSUPPORTED: {
    ...UNTRUSTED,
    code: 0xe0c50306,
    sentence: "expected a format and critical fields this version knows[, found {detail}]",
    remedy: "update this side: the document was made for a newer version",
  },
  DOCUMENT_INVALID: {
    ...UNTRUSTED,
    code: 0xe0c50307,
    sentence: "expected every field of the document within its rule[, found {detail}]",
    remedy: "ask whoever made the document to make it again with the newest version",
  },
  DOCUMENT_FOREIGN: {
    ...UNTRUSTED,
    code: 0xe0c50308,
    sentence: "expected a document of this publisher[, found {detail}]",
    remedy: "use the documents of the publisher whose trust file is installed here",
  },
  DOCUMENT_DOWNGRADED: {
    ...UNTRUSTED,
    code: 0xe0c50309,
    sentence: "expected at least the version already known[, found {detail}]",
    remedy: "use the newest trust file; an older one is never taken back",
  },
  SIGNATURE_MISSING: {
    ...UNTRUSTED,
    code: 0xe0c5030a,
    sentence: "expected the signatures of enough trusted keys[, found {detail}]",
    remedy: "ask the publisher for the document with all its signatures",
  },
  SIGNATURE_INVALID: {
    ...UNTRUSTED,
    code: 0xe0c5030b,
    sentence: "expected a signature over exactly these bytes[, found {detail}]",
    remedy: "fetch the document again; if it fails again it was changed on its way",
  },
  KEY_WEAK: {
    ...UNTRUSTED,
    code: 0xe0c5030c,
    sentence: "expected a public key of full order in canonical form[, found {detail}]",
    remedy: "make a new key; honest software never makes such a one",
  },
  ROOT_CHAIN_BROKEN: {
    ...UNTRUSTED,
    code: 0xe0c5030d,
    sentence: "expected each root set signed by the one before it[, found {detail}]",
    remedy: "use a trust file from the publisher that holds every root set from the first",
  },
  ISSUER_NOT_TRUSTED: {
    ...UNTRUSTED,
    code: 0xe0c5030e,
    sentence: "expected an issuing key that the key manifest allows for this[, found {detail}]",
    remedy:
      "fetch the publisher's newest trust file; if the key is still not in it, the document is not the publisher's",
  },
  CERTIFICATE_MISSING: {
    ...UNTRUSTED,
    code: 0xe0c5030f,
    sentence: "expected the host's certificate, known or sent along[, found {detail}]",
    remedy: "ask again: the client will say that it knows no certificate",
  },
  CERTIFICATE_NOT_YET_VALID: {
    ...UNTRUSTED,
    code: 0xe0c50310,
    sentence: "expected a host certificate that has begun[, found {detail}]",
    remedy: "check the clock of this machine",
  },
  CERTIFICATE_EXPIRED: {
    ...UNTRUSTED,
    code: 0xe0c50311,
    sentence: "expected a host certificate in force[, found {detail}]",
    remedy: "renew the host's certificate on the host, and check the clock of this machine",
  },
  CERTIFICATE_REVOKED: {
    ...UNTRUSTED,
    code: 0xe0c50312,
    sentence: "expected a host certificate in force, found it revoked by the publisher[: {detail}]",
    remedy: "point this machine at another host; the host's administrator has to ask the vendor",
  },
  CERTIFICATE_OTHER_KEY: {
    ...UNTRUSTED,
    code: 0xe0c50313,
    sentence: "expected the key that the host certificate commits to[, found {detail}]",
    remedy: "find out who answers at that address: it shows a certificate without having its key",
  },
  HEAD_MISMATCH: {
    ...UNTRUSTED,
    code: 0xe0c50314,
    sentence: "expected a batch head of this host and certificate[, found {detail}]",
    remedy: "ask again; if it recurs, report it to the host's administrator",
  },
  PROOF_INVALID: {
    ...UNTRUSTED,
    code: 0xe0c50315,
    sentence: "expected a proof that leads from the statement to the signed batch head[, found {detail}]",
    remedy: "ask again; if it recurs, the reply is changed on its way",
  },
  STATEMENT_MISMATCH: {
    ...UNTRUSTED,
    code: 0xe0c50316,
    sentence: "expected a statement about exactly what was asked[, found {detail}]",
    remedy: "ask again; if it recurs, somebody replays old answers",
  },
  VALIDITY_TOO_LONG: {
    ...UNTRUSTED,
    code: 0xe0c50317,
    sentence: "expected a validity within certificate and policy[, found {detail}]",
    remedy: "point this machine at another host and tell the vendor which host granted it",
  },
  LEASE_BELOW_REQUIRED: {
    ...UNTRUSTED,
    code: 0xe0c50318,
    sentence: "expected a lease whose count meets the policy[, found {detail}]",
    remedy: "give the host the publisher's newest trust file: its policy is older than this machine's",
  },
} as const satisfies Readonly<Record<string, RefusalRow>>;
