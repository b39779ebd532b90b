import { LICENSE_STATUS, LICENSE_STATUS_TEXT } from "../license-status.ts";
import { hresultText, REFUSALS } from "../refusal.ts";
import type { ClientFacts, HostFacts, LicenceFacts, LookupFacts, StateFacts } from "./licence-facts.ts";
import { licenceWarnings } from "./licence-warnings.ts";
import { durationText, instantText } from "./times.ts";

/** Lines of one block that belong together. `view`: `dlv` lines are left out of `/dli`. */
export interface LineRow {
  readonly view: "both" | "dlv";
  readonly indent: 0 | 4;
  readonly lines: (facts: LicenceFacts) => readonly string[];
}

/** THE order and labels of `/dlv` (kms-behaviour.md §5.2), then our additions (behaviour.md §3). */
export const LINES: readonly LineRow[] = [
  row("both", 0, ({ product }) => [`Name: ${product.name}`]),
  row("both", 0, (facts) => [`Description: ${descriptionOf(facts)}`]),
  row("dlv", 0, ({ product }) => [`Activation ID: ${product.activationId}`]),
  row("dlv", 0, ({ product }) => [`Application ID: ${product.applicationId}`]),
  row("dlv", 0, ({ host }) => (host === undefined ? [] : [`Extended PID: ${host.hostId}`])),
  row("dlv", 0, ({ product }) => [`Product Key Channel: ${CHANNEL[product.channel].key}`]),
  row("both", 0, ({ product }) => [
    product.partialKey === "" ? "This license is not in use." : `Partial Product Key: ${product.partialKey}`,
  ]),
  row("both", 0, ({ state }) => statusLines(state)),
  row("dlv", 0, ({ state }) => rearmLines(state)),
  row("dlv", 0, ({ state }) => [`Trusted time: ${instantText(state.trustedTimeMs)}`]),
  row("both", 0, ({ client }) => (client === undefined ? [] : ["Configured Activation Type: All"])),
  row("both", 0, ({ client, state }) => (client === undefined || isLicensed(state) ? [] : [ASK_FOR_VALUES])),
  ofClient(0, () => ["", "Most recent activation information:", "Key Management Service client information"]),
  ofClient(4, (client) => clientLines(client)),
  ofClient(0, ({ fixedHost, lookupDomain }) =>
    fixedHost === "" || lookupDomain === "" ? [] : [`${OVERRIDES} ${fixedHost} will be used for activation.`],
  ),
  ofClient(4, (client) => clientAdditions(client)),
  // A host's certificate has warnings of its own (event 30006).
  row("dlv", 4, (facts) =>
    facts.client === undefined ? [] : licenceWarnings(facts).map(({ text }) => `Warning: ${text}`),
  ),
  ofHost(0, () => ["", "Key Management Service is enabled on this machine"]),
  ofHost(4, (host) => hostLines(host)),
  ofHost(0, () => ["", "Key Management Service cumulative requests received from clients"]),
  ofHost(4, ({ requests }) => REQUEST_LINES.map(([label, of]) => `${label}: ${of(requests)}`)),
  ofHost(0, (host) => ["", ...hostAdditions(host)]),
  row("both", 0, ({ state }) => (state.testSite ? ["", "TEST SITE: not for production use"] : [])),
];

const CHANNEL = {
  "setup key": { token: () => "VOLUME_KMSCLIENT", key: "Volume:GVLK" },
  "host key": { token: (keyGroup: number) => `VOLUME_KMS_${keyGroup}`, key: "Volume:CSVLK" },
  MAK: { token: () => "VOLUME_MAK", key: "Volume:MAK" },
} as const;

const ASK_FOR_VALUES = "Please use slmgr /ato to activate and update KMS client information in order to update values.";
const OVERRIDES = "Warning: /skms setting overrides the /skms-domain setting.";

type Requests = HostFacts["requests"];
const REQUEST_LINES: readonly (readonly [string, (requests: Requests) => number])[] = [
  ["Total requests received", ({ total }) => total],
  ["Failed requests received", ({ failed }) => failed],
  ["Requests with License Status Unlicensed", ofStatus(LICENSE_STATUS.unlicensed)],
  ["Requests with License Status Licensed", ofStatus(LICENSE_STATUS.licensed)],
  ["Requests with License Status Initial grace period", ofStatus(LICENSE_STATUS.initialGrace)],
  [
    "Requests with License Status License expired or Hardware out of tolerance",
    ofStatus(LICENSE_STATUS.additionalGrace),
  ],
  ["Requests with License Status Non-genuine grace period", ofStatus(LICENSE_STATUS.nonGenuineGrace)],
  ["Requests with License Status Notification", ofStatus(LICENSE_STATUS.notification)],
];

function descriptionOf({ product: { name, channel, keyGroup } }: LicenceFacts): string {
  return `${name}, ${CHANNEL[channel].token(keyGroup)} channel`;
}

/** Lines 16 and 17: the status, and until when or why. */
function statusLines({ status, remainingMinutes, reason }: StateFacts): readonly string[] {
  const line = `License Status: ${LICENSE_STATUS_TEXT[status]}`;
  if (status === LICENSE_STATUS.notification) {
    const entry = reason === undefined ? undefined : REFUSALS[reason];
    return [line, `Notification Reason: ${hresultText(entry?.code ?? 0)}${REASON_WORDS[reason ?? ""] ?? ""}`];
  }
  if (remainingMinutes === undefined || status === LICENSE_STATUS.unlicensed) return [line];
  const label = status === LICENSE_STATUS.licensed ? "Volume activation expiration" : "Time remaining";
  return [line, `${label}: ${durationText(remainingMinutes)}`];
}

/** Written behind the two codes that KMS explains; every other code stands alone. */
const REASON_WORDS: Readonly<Record<string, string>> = {
  LEASE_REVOKED: " (non-genuine).",
  GRACE_EXPIRED: " (grace time expired).",
};

function rearmLines({ rearmsLeft }: StateFacts): readonly string[] {
  if (rearmsLeft === undefined) return [];
  return [`Remaining App rearm count: ${rearmsLeft}`, `Remaining SKU rearm count: ${rearmsLeft}`];
}

function clientLines(client: ClientFacts): readonly string[] {
  const { cmid, lookupDomain, fixedHost, discoveredHost, hostAddress, hostId, hostCaching } = client;
  const found =
    discoveredHost === ""
      ? "DNS auto-discovery: KMS name not available"
      : `KMS machine name from DNS: ${discoveredHost}`;
  return [
    `Client Machine ID (CMID): ${cmid}`,
    ...(lookupDomain === "" ? [] : [`Registered KMS SRV record lookup domain: ${lookupDomain}`]),
    fixedHost === "" ? found : `Registered KMS machine name: ${fixedHost}`,
    `KMS machine IP address: ${hostAddress === "" ? "not available" : hostAddress}`,
    ...(hostId === "" ? [] : [`KMS machine extended PID: ${hostId}`]),
    `Activation interval: ${client.activationIntervalMinutes} minutes`,
    `Renewal interval: ${client.renewalIntervalMinutes} minutes`,
    `KMS host caching is ${hostCaching ? "enabled" : "disabled"}`,
  ];
}

function clientAdditions({ whyThisHost, lookups = [], tried, nextAttemptMs }: ClientFacts): readonly string[] {
  return [
    ...(whyThisHost === "" ? [] : [`Why this host: ${whyThisHost}`]),
    ...findingLines({ lookups, tried }),
    `Next attempt: ${nextAttemptMs === undefined ? "none is planned" : instantText(nextAttemptMs)}`,
  ];
}

/** How the last attempt looked for a host: each domain and name that was asked in DNS, then each host. */
export function findingLines({ lookups = [], tried }: Pick<ClientFacts, "lookups" | "tried">): readonly string[] {
  return [
    ...lookups.flatMap(lookupLines),
    ...tried.map(({ host, code, reason }) => {
      const outcome = reason === undefined ? "answered" : `${hresultText(code)} ${reason}`;
      return `Host asked: ${host}, ${outcome}`;
    }),
  ];
}

/** The domain once, then each of its names with what it gave. */
function lookupLines({ domain, origin, name, ...gave }: LookupFacts, i: number, all: readonly LookupFacts[]) {
  const { records, code, reason, detail } = gave;
  const outcome =
    reason === undefined
      ? `${records} ${records === 1 ? "record" : "records"}`
      : `${hresultText(code)} ${reason}${detail === "" ? "" : `, ${detail}`}`;
  return [
    ...(all[i - 1]?.domain === domain ? [] : [`Domain asked: ${domain === "" ? "none" : domain}, ${origin}`]),
    ...(name === "" ? [] : [`Name asked: ${name}, ${outcome}`]),
  ];
}

function hostLines({ currentCount, listeningPort, dnsPublishing, lowPriority }: HostFacts): readonly string[] {
  return [
    `Current count: ${currentCount}`,
    `Listening on Port: ${listeningPort}`,
    `DNS publishing ${dnsPublishing ? "enabled" : "disabled"}`,
    `KMS priority: ${lowPriority ? "Low" : "Normal"}`,
  ];
}

function hostAdditions(host: HostFacts): readonly string[] {
  const { machinesSeen, agreement, failedByReason, dnsPublications, validUntilMs } = host;
  return [
    `Machines seen in the last 30 days (uncapped): ${machinesSeen}`,
    ...(agreement.length === 0 ? [] : ["Agreement"]),
    ...agreement.map(({ application, seats, inUse }) => `    ${application}: ${inUse} of ${seats} seats`),
    ...(failedByReason.length === 0 ? [] : ["Failed requests by reason"]),
    ...failedByReason.map(({ reason, count }) => `    ${reason}: ${count}`),
    ...dnsPublications.map(({ domain, atMs, code }) => {
      const outcome = code === 0 ? "published" : `failed, ${hresultText(code)}`;
      return `Last DNS publishing in ${domain}: ${outcome}, ${instantText(atMs)}`;
    }),
    `Host activation valid until: ${validUntilMs === undefined ? "not activated" : instantText(validUntilMs)}`,
  ];
}

function isLicensed({ status }: StateFacts): boolean {
  return status === LICENSE_STATUS.licensed;
}

function ofStatus(status: number): (requests: Requests) => number {
  return ({ byStatus }) => byStatus[status] ?? 0;
}

function row(view: LineRow["view"], indent: LineRow["indent"], lines: LineRow["lines"]): LineRow {
  return { view, indent, lines };
}

function ofClient(indent: LineRow["indent"], lines: (client: ClientFacts) => readonly string[]): LineRow {
  return row("both", indent, ({ client }) => (client === undefined ? [] : lines(client)));
}

function ofHost(indent: LineRow["indent"], lines: (host: HostFacts) => readonly string[]): LineRow {
  return row("both", indent, ({ host }) => (host === undefined ? [] : lines(host)));
}
