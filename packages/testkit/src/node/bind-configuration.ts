/** A TSIG key as both sides know it. */
export interface TsigKey {
  readonly name: string;
  readonly algorithm: "hmac-sha256" | "hmac-sha384" | "hmac-sha512" | "hmac-sha1";
  readonly secretBase64: string;
}

/** A zone the server is primary of. */
export interface BindZone {
  /** Without a final dot: `example.test`. */
  readonly name: string;
  /** Lines of the zone file besides SOA, NS and the server's address: `_countersign._tcp SRV 0 0 1688 host`. */
  readonly records?: readonly string[];
  /** Statements of `update-policy`: `grant host-key. name _countersign._tcp.example.test. SRV`. Tests have theirs besides. */
  readonly updatePolicy?: readonly string[];
  /** In place of `update-policy`, who may update anything: `any`, or `key "name"`. None: only the test itself. */
  readonly allowUpdate?: readonly string[];
  /** The name that the SOA calls the primary, in place of `ns`. */
  readonly mname?: string;
  /** Who is named as NS, in place of `ns`. */
  readonly nameServers?: readonly string[];
}

/** What a server is started with. */
export interface BindOptions {
  readonly zones: readonly BindZone[];
  readonly keys?: readonly TsigKey[];
  /** 127.0.0.1 unless said otherwise. */
  readonly address?: string;
  /** A free one above 1024 unless said otherwise; in a network namespace it has to be. */
  readonly port?: number;
  /** The network namespace it and its questions run in. */
  readonly netns?: string;
}

/** The key under which a test itself changes any zone: never one of the host under test. */
export const TEST_KEY: TsigKey = {
  name: "testkit.",
  algorithm: "hmac-sha256",
  secretBase64: "dGhlIHRlc3QncyBvd24ga2V5LCBub3QgdGhlIGhvc3Qncw==",
};

/** Where a server listens. */
export interface BindPlace {
  readonly directory: string;
  readonly address: string;
  readonly port: number;
}

/** The text of named.conf: nothing outside the directory is read or written, nobody may control it. */
export function namedConfiguration(
  { directory, address, port }: BindPlace,
  { zones, keys = [] }: Pick<BindOptions, "zones" | "keys">,
): string {
  const listen = address.includes(":")
    ? `listen-on { none; };\n  listen-on-v6 port ${port} { ${address}; };`
    : `listen-on port ${port} { ${address}; };\n  listen-on-v6 { none; };`;
  return `options {
  directory "${directory}";
  ${listen}
  pid-file none;
  lock-file none;
  session-keyfile none;
  managed-keys-directory "${directory}";
  recursion no;
  dnssec-validation no;
  notify no;
  minimal-responses no;
  empty-zones-enable no;
  allow-transfer { any; };
};
controls { };
${[TEST_KEY, ...keys].map(keyStatement).join("")}${zones.map((zone) => zoneStatement(directory, zone)).join("")}`;
}

/** The file of a zone, as it was before anybody updated it. */
export function zoneFile({ name, records = [], mname, nameServers = ["ns"] }: BindZone, address: string): string {
  const type = address.includes(":") ? "AAAA" : "A";
  return `$ORIGIN ${name}.
$TTL 300
@ SOA ${mname ?? "ns"} hostmaster 1 3600 600 86400 60
${nameServers.map((server) => `@ NS ${server}`).join("\n")}
ns ${type} ${address}
${records.join("\n")}
`;
}

function keyStatement({ name, algorithm, secretBase64 }: TsigKey): string {
  return `key "${name}" { algorithm ${algorithm}; secret "${secretBase64}"; };\n`;
}

function zoneStatement(directory: string, { name, records = [], updatePolicy = [], allowUpdate }: BindZone): string {
  const own = `grant ${TEST_KEY.name} zonesub ANY`;
  const rights =
    allowUpdate === undefined
      ? `update-policy { ${[own, ...updatePolicy].map((line) => `${line};`).join(" ")} };`
      : `allow-update { ${[`key "${TEST_KEY.name}"`, ...allowUpdate].map((who) => `${who};`).join(" ")} };`;
  // named takes 100 records of one type and name by itself; servers that take more are met all the same.
  const bounds = records.length > 100 ? "max-records-per-type 0; " : "";
  return `zone "${name}" { type primary; file "${directory}/${name}.zone"; ${bounds}${rights} };\n`;
}
