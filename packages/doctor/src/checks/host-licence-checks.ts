import { type Check, check } from "./check.ts";
import { counted, DAY_MS, dayText, firstOf, instantText, reasonText } from "./phrases.ts";
import { dataOption, eachHost, eachSeat, hostName, hostNowMs, siteDomain } from "./told-hosts.ts";

/** Warnings begin so long before the certificate ends (behaviour.md §5). */
const EXPIRING_DAYS = 90;
const REVOKED = ["CERTIFICATE_REVOKED", "LEASE_REVOKED", "KEY_REVOKED"];

const keyIsInstalled = check({
  id: "CS-HST-001",
  good: "a host key is installed",
  about:
    "The host key (CSVLK) is the customer's: it makes a service a host of one publisher. Clients have setup keys instead.",
  byHand: ["countersign slmgr /dlv", "countersign host status"],
  needs: ["CS-STO-001"],
  reads: ["host"],
  findings: {
    HOST_KEY_MISSING: {
      gravity: "fatal",
      cause: "no host key{publisher} is installed on the host {host}",
      effect: "it serves nobody{publisher}: clients read HOST_NOT_ENABLED (0xC004F039)",
      remedy: "countersign slmgr /ipk HOST-KEY{data}",
      advice: "install the host key the vendor issued, then activate it with /ato",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      // A store that could not be opened told of no seats: that says nothing about keys.
      if (host.store !== undefined && host.seats.length === 0) return [];
      const unkeyed = host.seats.filter(({ partialKey }) => partialKey === "");
      const params = { host: hostName(host), data: dataOption(host) };
      if (unkeyed.length === host.seats.length) {
        const served = host.seats.map(({ publisherName }) => publisherName);
        const evidence = [
          served.length === 0
            ? "it knows no publisher: no trust file was added"
            : `it knows ${firstOf(served)}, without a key of any`,
        ];
        return [
          { finding: "HOST_KEY_MISSING", subject: hostName(host), params: { ...params, publisher: "" }, evidence },
        ];
      }
      const asked = unkeyed.filter(({ refusedLately }) =>
        refusedLately.some(({ reason }) => reason === "HOST_NOT_ENABLED"),
      );
      return asked.map(({ publisherName }) => ({
        finding: "HOST_KEY_MISSING",
        subject: `${hostName(host)} ${publisherName}`,
        gravity: "warning",
        params: { ...params, publisher: ` of ${publisherName}` },
        evidence: [`machines ask for ${publisherName}, of which no key is installed`],
      }));
    }),
});

const hostIsActivated = check({
  id: "CS-HST-002",
  good: "the publisher has activated the host",
  about: "An activated host has a certificate: what clients verify its answers by. A key alone is not enough.",
  byHand: ["countersign slmgr /dlv", "countersign host status"],
  needs: ["CS-HST-001"],
  reads: ["host"],
  findings: {
    HOST_NOT_ACTIVATED: {
      gravity: "fatal",
      cause: "the host {host} has a host key of {publisher} and is not activated",
      effect: "clients read HOST_NOT_ACTIVATED (0xC004F041) and are not licensed here",
      remedy: "countersign host activate{data}",
      advice: "activate it where {url} can be reached{why}",
    },
    HOST_REVOKED: {
      gravity: "fatal",
      cause: "{publisher} revoked the activation of the host {host}",
      effect: "no client believes its answers; machines licensed by it lose their licence",
      remedy: "countersign hosts find --domain {domain}  # another host for the machines",
      advice: "ask the vendor why; point the machines at another host meanwhile",
    },
  },
  judge: (facts) =>
    eachSeat(facts, ({ host, seat }) => {
      const { publisherName: publisher, reason, serviceUrl, publisher: asked, partialKey } = seat;
      const isRevoked = REVOKED.includes(reason);
      const isLapsed = seat.notAfterMs !== undefined && seat.notAfterMs <= hostNowMs(host, facts);
      if (!isRevoked && (seat.hostStatus !== "unlicensed" || isLapsed || reason === "HOST_CLOCK_SUSPECT")) return [];
      const failed = asked === undefined || asked.reason === "" ? "" : reasonText(asked);
      return [
        {
          finding: isRevoked ? "HOST_REVOKED" : "HOST_NOT_ACTIVATED",
          subject: `${hostName(host)} ${publisher}`,
          params: {
            ...{
              host: hostName(host),
              publisher,
              url: serviceUrl,
              data: dataOption(host),
              domain: siteDomain(facts, host),
            },
            why: failed === "" ? "" : `; the publisher was asked: ${failed}`,
          },
          evidence: [
            `key ending in ${partialKey}: ${seat.hostStatus}${reason === "" ? "" : `, ${reason}`}`,
            ...(failed === "" ? [] : [`${serviceUrl}: ${failed}`]),
          ],
        },
      ];
    }),
});

const certificateIsInForce = check({
  id: "CS-HST-003",
  good: "the host's certificate is in force, and for 90 days more",
  about:
    "The certificate is renewed by itself when two thirds of its time are over. When it has ended no client can verify the host's answers.",
  byHand: ["countersign host status", "countersign events --id 30005,30006,30007"],
  needs: ["CS-HST-002"],
  reads: ["host"],
  findings: {
    CERTIFICATE_LAPSED: {
      gravity: "fatal",
      cause: "the certificate of {publisher} on the host {host} ended on {end}",
      effect: "the host serves nobody; licensed machines run to the end of their own time",
      remedy: "countersign host activate{data}",
      advice: "activate it where {url} can be reached",
    },
    CERTIFICATE_EXPIRING: {
      gravity: "warning",
      cause: "the certificate of {publisher} on the host {host} ends on {end}, in {days}",
      effect: "from then on the host serves nobody",
      remedy: "countersign host activate{data}",
      advice: "it should have renewed itself: see that {url} can be reached from here",
    },
  },
  judge: (facts) =>
    eachSeat(facts, ({ host, seat }) => {
      const { notAfterMs, reason, publisherName: publisher, serviceUrl } = seat;
      if (notAfterMs === undefined) return [];
      const leftMs = notAfterMs - hostNowMs(host, facts);
      const isLapsed = leftMs <= 0 || reason === "HOST_CERT_EXPIRED";
      if (!isLapsed && leftMs > EXPIRING_DAYS * DAY_MS) return [];
      return [
        {
          finding: isLapsed ? "CERTIFICATE_LAPSED" : "CERTIFICATE_EXPIRING",
          subject: `${hostName(host)} ${publisher}`,
          params: {
            ...{ host: hostName(host), publisher, end: dayText(notAfterMs), url: serviceUrl, data: dataOption(host) },
            days: counted(Math.max(0, Math.ceil(leftMs / DAY_MS)), "day"),
          },
          evidence: [`certificate of ${publisher}: in force until ${instantText(notAfterMs)}`],
        },
      ];
    }),
});

/** The host's own licence. */
export const HOST_LICENCE_CHECKS: readonly Check[] = [keyIsInstalled, hostIsActivated, certificateIsInForce];
