// What goes wrong at a site, done from outside, and what the doctor has to say. Written before the doctor could infer
// anything, and sharing no code with it: the names below are all that both know.

/** What a fault is done with. Everything but `command` and `virtual` acts on real processes from outside of them. */
export type Means = "kill" | "nftables" | "zone" | "file" | "faketime" | "command" | "virtual";

/** One fault. */
export interface Fault {
  readonly id: string;
  /** What is done, as a person who did it would say. */
  readonly deed: string;
  readonly means: Means;
  /** Where the doctor stands when it is asked. */
  readonly asked: "client" | "host";
  /** The finding that must come first. */
  readonly cause: string;
  /** A word that its remedy must contain. */
  readonly remedy: string;
  /** The printed command is run and the next run of the doctor must be healthy. */
  readonly mends: boolean;
}

const fault =
  (means: Means, asked: Fault["asked"], mends: boolean) => (id: string, deed: string, cause: string, remedy: string) =>
    ({ id, deed, means, asked, cause, remedy, mends }) satisfies Fault;

/** A command shows it or names the place; what mends it is done by hand, elsewhere, or in several steps. */
const byHand = (one: Fault): Fault => ({ ...one, mends: false });

const killed = { client: fault("kill", "client", true), host: fault("kill", "host", true) };
const filtered = { client: fault("nftables", "client", true), host: fault("nftables", "host", false) };
const zone = { client: fault("zone", "client", true), host: fault("zone", "host", true) };
const file = { client: fault("file", "client", true), host: fault("file", "host", true) };
const clock = { client: fault("faketime", "client", false), host: fault("faketime", "host", false) };
const command = { client: fault("command", "client", true), host: fault("command", "host", true) };
const virtual = { client: fault("virtual", "client", false), host: fault("virtual", "host", false) };

/** All faults. */
export const FAULTS: readonly Fault[] = [
  // The host is not there, or is not what it should be.
  killed.host("host-stopped", "the host's process is killed", "HOST_STOPPED", "host serve"),
  killed.client("host-gone", "the only host is killed; its record stays", "HOST_DOWN", "host serve"),
  killed.client("agent-stopped", "the agent is killed and its licence runs on", "AGENT_STOPPED", "agent"),
  killed.client("fixed-host-gone", "the fixed host is killed, another serves in DNS", "FIXED_HOST_GONE", "/ckms"),
  byHand(killed.client("dns-down", "the DNS server is killed and the cache is empty", "DNS_UNREACHABLE", "dig")),
  byHand(
    killed.host(
      "publisher-down",
      "the publisher is killed and the certificate is due",
      "PUBLISHER_UNREACHABLE",
      "host activate",
    ),
  ),
  byHand(
    killed.client("wrong-service", "the host is killed and a web server takes its port", "WRONG_SERVICE", "host serve"),
  ),

  // The way is closed.
  filtered.client("port-dropped", "packets to the host's port are dropped", "PORT_FILTERED", "1688"),
  filtered.client("port-rejected", "the host's port is rejected with a reset", "PORT_REFUSED", "1688"),
  byHand(filtered.client("no-route", "the host's address is rejected as unreachable", "HOST_UNROUTED", "route")),
  filtered.client("replies-dropped", "the host's answers are dropped after the handshake", "REPLY_LOST", "return"),
  byHand(filtered.client("dns-dropped", "questions to the DNS server are dropped", "DNS_UNREACHABLE", "dig")),
  byHand(filtered.client("network-out", "everything that leaves the client is dropped", "NETWORK_OUTAGE", "ip")),
  filtered.host(
    "publisher-filtered",
    "the way to the publisher is dropped and the certificate is due",
    "PUBLISHER_UNREACHABLE",
    "host activate",
  ),

  // DNS says the wrong thing.
  zone.client("srv-missing", "the SRV records are deleted", "SRV_MISSING", "host dns publish"),
  zone.client("srv-elsewhere", "the records stand in another zone", "SRV_IN_OTHER_ZONE", "/skms-domain"),
  zone.client("srv-stale", "one record leads to a host that is gone, beside a good one", "SRV_STALE", "update delete"),
  zone.client("srv-wrong-port", "the record carries another port", "SRV_PORT_WRONG", "host dns publish"),
  byHand(zone.client("srv-target-unresolved", "the target has no address", "SRV_TARGET_UNRESOLVED", "A")),
  byHand(zone.client("srv-declined", "the target is `.`", "SRV_DECLINED", "update delete")),
  byHand(
    zone.client("zone-broken", "the zone does not load: the server fails", "DNS_SERVER_FAILURE", "named-checkzone"),
  ),
  zone.client(
    "lookup-domain-empty",
    "the look-up domain has no records, the machine's own has",
    "LOOKUP_DOMAIN_EMPTY",
    "/ckms-domain",
  ),
  zone.client(
    "rogue-host",
    "an uncertified host stands in the record set before the good one",
    "ROGUE_HOST",
    "update delete",
  ),
  zone.host("record-taken", "the host's record is deleted by somebody", "RECORD_MISSING", "host dns publish"),
  byHand(zone.host("publishing-refused", "update-policy names another key", "PUBLISHING_REFUSED", "update-policy")),
  byHand(file.host("publishing-badkey", "the host's TSIG secret is another one", "PUBLISHING_BAD_KEY", "tsig")),
  clock.host(
    "publishing-badtime",
    "the host's clock is an hour ahead of the DNS server's",
    "PUBLISHING_BAD_TIME",
    "time",
  ),

  // Files.
  byHand(
    file.host("configuration-invalid", "a line of host.yaml is misspelt", "CONFIGURATION_INVALID", "config check"),
  ),
  byHand(file.host("store-damaged", "bytes of the host's store are overwritten", "STORE_DAMAGED", "restore")),
  byHand(file.host("store-newer", "the store says that a later version wrote it", "STORE_NEWER", "upgrade")),
  byHand(file.host("disk-full", "the file system of the host's store is full", "DISK_FULL", "df")),
  byHand(file.host("store-read-only", "the file system of the host's store is read-only", "STORE_READ_ONLY", "mount")),
  file.host("key-files-open", "the private keys are readable by everybody", "KEY_FILES_OPEN", "chmod"),
  byHand(
    file.client(
      "client-store-unwritable",
      "the client's directory cannot be written",
      "CLIENT_STORE_UNWRITABLE",
      "chmod",
    ),
  ),
  file.client("store-copied", "the store is copied to a machine with other hardware", "STORE_COPIED", "slmgr /ato"),
  byHand(file.client("trust-file-damaged", "the trust file is cut short", "TRUST_FILE_INVALID", "trust")),
  file.client("settings-unreadable", "the settings file holds half a line", "CLIENT_SETTINGS_INVALID", "settings"),

  // Clocks.
  clock.client("client-clock-ahead", "the client's clock is 9 h ahead", "CLOCK_APART", "time"),
  clock.client("client-clock-behind", "the client's clock is 9 h behind", "CLOCK_APART", "time"),
  clock.host("host-clock-back", "the host starts with its clock 3 days back", "HOST_CLOCK_SUSPECT", "time"),

  // Licences, keys and settings, as a person brings them about.
  byHand(command.host("host-key-missing", "the host key is removed", "HOST_KEY_MISSING", "/ipk")),
  command.host(
    "host-not-activated",
    "a host key is installed and not activated",
    "HOST_NOT_ACTIVATED",
    "host activate",
  ),
  command.host("publishing-off", "DNS publishing is switched off and no record is there", "PUBLISHING_OFF", "/sdns"),
  command.client("setup-key-missing", "the setup key is removed", "SETUP_KEY_MISSING", "/ipk"),
  command.client(
    "both-host-and-domain",
    "a fixed host that is gone and a look-up domain are both set",
    "FIXED_HOST_AND_LOOKUP_DOMAIN",
    "/ckms",
  ),
  byHand(
    command.client(
      "product-not-covered",
      "the client asks for a product newer than the host's key",
      "PRODUCT_NOT_COVERED",
      "host key",
    ),
  ),
  byHand(command.client("too-few-machines", "three machines where twenty-five are required", "TOO_FEW_MACHINES", "22")),
  byHand(
    command.host("cloned-cmids", "twelve machines ask with one CMID from one image", "CLONED_CMIDS", "generalize"),
  ),
  byHand(
    command.client(
      "count-split",
      "two hosts without a shared store, each below the threshold",
      "COUNT_SPLIT",
      "hosts find",
    ),
  ),
  byHand(
    command.host(
      "loopback-only",
      "the host listens on loopback only and is published",
      "LOOPBACK_ONLY",
      "listenAddress",
    ),
  ),

  // What takes months: the rules are asked with the facts of such a day.
  virtual.host("certificate-lapsed", "no publisher answered for a year", "CERTIFICATE_LAPSED", "host activate"),
  virtual.host(
    "certificate-expiring",
    "the certificate ends in 40 days and renewals fail",
    "PUBLISHER_UNREACHABLE",
    "host activate",
  ),
  virtual.host("machines-gone", "half of the machines were not seen for 30 days", "MACHINES_GONE", "hosts find"),
  virtual.host("log-full", "the log reached its rows before its age", "EVENT_LOG_FULL", "eventRows"),
  virtual.client("renewal-failing", "licensed, and no answer for 60 days", "RENEWAL_FAILING", "/ato"),
  virtual.client("rearms-used-up", "notification, and no rearm is left", "REARMS_USED_UP", "/ato"),
  virtual.host("overloaded", "requests are dropped because there are too many", "OVERLOADED", "limits"),
  virtual.client("lease-revoked", "the vendor revoked the host's activation", "LEASE_REVOKED", "/skms"),
];
