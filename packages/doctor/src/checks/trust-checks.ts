import type { Facts } from "../facts/facts.ts";
import { failingHosts } from "./asked-hosts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { type HostSight, hostSights, isServing, sightText } from "./host-sights.ts";
import { bareName } from "./names.ts";
import { distinct, instantText, reasonText, shellWord } from "./phrases.ts";
import { eachClient, slmgrData } from "./told-clients.ts";
import { siteDomain } from "./told-hosts.ts";

const trustFileIsSound = check({
  id: "CS-TRU-001",
  good: "the machine's trust file can be read and verifies",
  about: "The trust file says whose hosts a machine believes. Without a sound one it believes nobody.",
  byHand: ["ls -l /etc/countersign/trust.d", "countersign agent status"],
  needs: [],
  reads: ["client"],
  findings: {
    TRUST_FILE_INVALID: {
      gravity: "fatal",
      cause: "the trust file {file} of {machine} is not sound ({reason})",
      effect: "the machine believes no host",
      remedy: "countersign publisher export-trust --file {file}",
      advice:
        "get the publisher's trust file anew, whole and unchanged, and put it there; the publisher writes it with this command",
    },
  },
  judge: (facts) => {
    if (facts.clients.every(({ trust }) => trust === undefined)) return moot("no client's trust file was looked at");
    return eachClient(facts, ({ machineName, trust }) => {
      const problem = trust?.problem;
      if (problem === undefined) return [];
      const file = /(\/\S+\.cstrust)/.exec(problem.detail)?.[1] ?? `${trust?.publisherName || "NAME"}.cstrust`;
      return [
        {
          finding: "TRUST_FILE_INVALID",
          subject: machineName,
          params: { machine: machineName, file: shellWord(file), reason: problem.reason },
          evidence: [reasonText(problem)],
        },
      ];
    });
  },
});

const answersVerify = check({
  id: "CS-TRU-002",
  good: "what hosts sign verifies under the publisher's root",
  about:
    "Only a signed answer with a chain to the publisher's root counts. A false host can refuse, and never license or harm.",
  byHand: ["countersign hosts find --domain corp.example", "countersign events --id 30010"],
  needs: [],
  reads: ["targets", "client"],
  findings: {
    HOST_UNTRUSTED: {
      gravity: "error",
      cause: "the answer of {host} does not verify ({inner})",
      effect: "machines that ask it believe nothing it says and get no licence there",
      remedy: "countersign hosts find --domain {domain}",
      advice:
        "find out who answers at that address; where it is our own host, its certificate or this machine's trust file is not the newest",
    },
  },
  judge: (facts) => {
    const sights = hostSights(facts);
    if (sights.length === 0) return moot("no host is known to ask");
    const stranding = failingHosts(facts)
      .filter(({ isTheLast }) => isTheLast)
      .map(({ sight }) => sight.host);
    const bad = sights.filter(({ state, reason }) => state === "unverified" && !OF_THE_CERTIFICATE.includes(reason));
    return judged(bad.map((sight) => untrusted(sight, stranding.includes(sight.host), facts)));
  },
});

const documentsAreCurrent = check({
  id: "CS-TRU-003",
  good: "the machine's trust documents are current",
  about:
    "Hosts pass newer documents on. A machine that only knows old ones may miss a product or a key that hosts sign with now.",
  byHand: ["countersign slmgr /dlv"],
  needs: ["CS-TRU-001"],
  reads: ["client"],
  findings: {
    TRUST_OUTDATED: {
      gravity: "notice",
      cause: "the trust documents of {machine} are older than what it meets ({reason})",
      effect: "{effect}",
      remedy: "countersign host trust add NEWEST.cstrust",
      advice:
        "give the machine and its host the publisher's newest trust file; hosts pass it on to the machines that ask them",
    },
  },
  judge: (facts) =>
    eachClient(facts, ({ machineName, products }) => {
      const uncovered = products.filter(({ reason }) => reason === "PRODUCT_NOT_COVERED");
      const tried = products.flatMap(({ lastAttempt }) => lastAttempt?.tried ?? []);
      const newer = tried.filter(({ inner }) => NEWER.includes(inner));
      const [product] = uncovered;
      const [host] = newer;
      if (product === undefined && host === undefined) return [];
      return [
        {
          finding: "TRUST_OUTDATED",
          ...{ subject: machineName, concerns: newer.map((one) => bareName(one.host)) },
          ...(product !== undefined && { gravity: "error" as const }),
          params: {
            ...{ machine: machineName, reason: product === undefined ? (host?.inner ?? "") : "PRODUCT_NOT_COVERED" },
            effect:
              product === undefined
                ? "it does not believe a host that it should"
                : `${product.name} is not licensed: no policy known there names it`,
          },
          evidence: [
            ...uncovered.map(({ name, reason }) => `${name}: ${reason}`),
            ...newer.map((one) => `${one.host}: ${one.inner} ${one.detail}`.trim()),
          ],
        },
      ];
    }),
});

const nothingIsRevoked = check({
  id: "CS-TRU-004",
  good: "the activation of no host that licensed this machine is revoked",
  about: "A vendor can revoke the activation of a host. Licences it gave before stay; what it gave after is void.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client", "targets"],
  findings: {
    LEASE_REVOKED: {
      gravity: "error",
      cause: "the vendor revoked the activation of {host}, which licensed {machine}",
      effect: "{effect}",
      remedy: "countersign slmgr /skms {other}{data}",
      advice:
        "point the machine at another host and activate it (slmgr /ato); the host's administrator has to ask the vendor",
    },
  },
  judge: (facts) => eachClient(facts, (client) => revoked(client, facts)),
});

/** Whom a machine believes. */
export const TRUST_CHECKS: readonly Check[] = [trustFileIsSound, answersVerify, documentsAreCurrent, nothingIsRevoked];

/** Said of the host (CS-RCH-006, CS-TRU-004) or of the clocks (CS-CLK-001), not of the signature. */
const OF_THE_CERTIFICATE: readonly string[] = [
  ...["CERTIFICATE_EXPIRED", "CERTIFICATE_NOT_YET_VALID", "CERTIFICATE_REVOKED", "CLOCK_SKEW"],
];

/** Checks that fail where the other side stands on newer documents. */
const NEWER: readonly string[] = ["ISSUER_NOT_TRUSTED", "DOCUMENT_UNSUPPORTED", "ROOT_CHAIN_BROKEN"];

function untrusted(sight: HostSight, isHarm: boolean, facts: Facts): Found<"HOST_UNTRUSTED"> {
  return {
    finding: "HOST_UNTRUSTED",
    ...{ subject: sight.host, concerns: sight.names },
    ...(!isHarm && { gravity: "warning" as const }),
    params: { host: sight.host, inner: sight.reason, domain: siteDomain(facts) },
    evidence: [sightText(sight), ...untrustedEvents(sight.host, facts)],
  };
}

/** What the client's own log says of that host (30010). */
function untrustedEvents(host: string, { clients }: Facts): readonly string[] {
  const events = clients.flatMap((client) =>
    client.events.filter(({ eventId, fields }) => eventId === 30010 && fields["host"] === host),
  );
  return events
    .slice(0, 2)
    .map(({ timeMs, computer, fields }) => `event 30010 of ${computer} at ${instantText(timeMs)}: ${fields["reason"]}`);
}

function revoked(client: Facts["clients"][number], facts: Facts): readonly Found<"LEASE_REVOKED">[] {
  const { machineName, products, cachedHost } = client;
  const voided = products.filter(({ reason }) => reason === "LEASE_REVOKED");
  const sights = hostSights(facts);
  const bad = sights.filter(({ state, reason }) => state === "unverified" && reason === "CERTIFICATE_REVOKED");
  if (voided.length === 0 && bad.length === 0) return [];
  const host = bad[0]?.host ?? (cachedHost === "" ? "its host" : cachedHost);
  const other = sights.find((sight) => isServing(sight) && sight.host !== host)?.host;
  return [
    {
      finding: "LEASE_REVOKED",
      ...{ subject: machineName, concerns: distinct([bareName(host), ...bad.flatMap(({ names }) => names)]) },
      params: {
        ...{
          host,
          machine: machineName,
          other: other === undefined ? "ANOTHER-HOST" : shellWord(other),
          data: slmgrData(client),
        },
        effect:
          voided.length === 0
            ? "it gets no licence there any more"
            : "its licence is void and runs out in its non-genuine grace",
      },
      evidence: [
        ...voided.map(({ name, status }) => `${name}: status ${status}, LEASE_REVOKED (0xC004F200)`),
        ...bad.map(sightText),
      ],
    },
  ];
}
