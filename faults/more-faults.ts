// Faults that were added when the doctor was there: neighbours of the first 58, nearly all of them mended by one command.
import type { Fault } from "./catalogue.ts";

const on =
  (asked: Fault["asked"]) =>
  (means: Fault["means"]) =>
  (id: string, deed: string, cause: string, remedy: string): Fault => ({
    id,
    deed,
    means,
    asked,
    cause,
    remedy,
    mends: true,
  });

const client = on("client");
const host = on("host");

/** These, as the first ones are given. */
export const MORE_FAULTS: readonly Fault[] = [
  host("kill")("host-stopped-orderly", "the host's process is terminated", "HOST_STOPPED", "host serve"),
  host("kill")("host-killed-at-work", "the host is killed while a machine asks it", "HOST_STOPPED", "host serve"),
  host("kill")(
    "host-start-failed",
    "a start failed because the port was taken; it is free by now",
    "HOST_START_FAILED",
    "host serve",
  ),
  client("kill")(
    "host-gone-asked",
    "the only host is killed, and a machine that caches none has asked in vain",
    "HOST_DOWN",
    "host serve",
  ),
  client("kill")("agent-stopped-orderly", "the agent is terminated", "AGENT_STOPPED", "agent serve"),
  client("kill")("fixed-host-gone-by-address", "a fixed host named by its address is gone", "FIXED_HOST_GONE", "/ckms"),
  client("nftables")(
    "default-drop",
    "the host's filter lets in what it knows, and 1688 it does not",
    "PORT_FILTERED",
    "1688",
  ),
  host("nftables")("own-port-closed", "the host's own filter rejects its port", "OWN_PORT_CLOSED", "1688"),
  client("zone")(
    "srv-old-port",
    "one record leads to a port the host has left, beside the good one",
    "SRV_PORT_WRONG",
    "update delete",
  ),
  client("command")(
    "lookup-domain-unknown",
    "the look-up domain does not exist",
    "LOOKUP_DOMAIN_EMPTY",
    "/ckms-domain",
  ),
  host("zone")(
    "record-differs",
    "somebody wrote another port into the host's record",
    "SRV_PORT_WRONG",
    "host dns publish",
  ),
  host("zone")(
    "record-of-another",
    "the host's record was overwritten by that of another",
    "RECORD_MISSING",
    "host dns publish",
  ),
  host("command")(
    "unpublished-by-hand",
    "the records are withdrawn and publishing stays on",
    "RECORD_MISSING",
    "host dns publish",
  ),
  // One line cannot do it: publishing has to be switched on first.
  {
    ...host("command")(
      "port-moved-unpublished",
      "the port was changed while publishing was off",
      "SRV_PORT_WRONG",
      "host dns publish",
    ),
    mends: false,
  },
  client("command")(
    "fixed-host-on-old-port",
    "the fixed host is named with a port that it has left",
    "FIXED_HOST_GONE",
    "/ckms",
  ),
  client("command")("fixed-host-misspelt", "the fixed host's name is misspelt", "FIXED_HOST_GONE", "/ckms"),
  // The issuing keys of the publisher do not last so long, so that here only the command is compared.
  {
    ...host("faketime")(
      "certificate-due",
      "the certificate is due, a renewal failed, and the publisher is back",
      "CERTIFICATE_RENEWAL_FAILING",
      "host activate",
    ),
    mends: false,
  },
  {
    ...host("file")(
      "publishing-unknown-key",
      "the host's key has a name that the server does not know",
      "PUBLISHING_BAD_KEY",
      "tsig",
    ),
    mends: false,
  },
];
