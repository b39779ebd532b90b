import { REFUSALS } from "@countersign/domain";
import type { HostFacts } from "../facts/host-facts.ts";
import { type Check, check } from "./check.ts";
import { counted, DAY_MS, dayText, instantText, reasonText, shellWord } from "./phrases.ts";
import {
  dataOption,
  eachHost,
  eachSeat,
  fieldText,
  hostName,
  hostNowMs,
  recentEvents,
  siteDomain,
} from "./told-hosts.ts";

/** A publisher may be away for a weekend before anybody need look. */
const RENEWAL_SLACK_DAYS = 3;

const certificateRenews = check({
  id: "CS-HST-005",
  good: "the host's certificate was renewed when it was due",
  about:
    "From two thirds of the certificate's time on the host asks the publisher every hour, or every day after a refusal.",
  byHand: ["countersign events --id 30005 --since 90d", "curl --head SERVICE-URL"],
  needs: ["CS-HST-003"],
  reads: ["host"],
  findings: {
    CERTIFICATE_RENEWAL_FAILING: {
      gravity: "warning",
      cause: "the certificate of {publisher} on the host {host} is due since {due} and is not renewed",
      effect: "on {end} the host stops serving, unless it is renewed before",
      remedy: "countersign host activate{data}",
      advice: "see that the publisher can be reached from here, and what it answers: {why}",
    },
  },
  judge: (facts) =>
    eachSeat(facts, ({ host, seat }) => {
      const { renewal, notAfterMs, publisherName: publisher, serviceUrl } = seat;
      const nowMs = hostNowMs(host, facts);
      if (renewal === undefined || notAfterMs === undefined || notAfterMs <= nowMs) return [];
      if (nowMs < renewal.dueMs + RENEWAL_SLACK_DAYS * DAY_MS) return [];
      const { failure } = renewal;
      return [
        {
          finding: "CERTIFICATE_RENEWAL_FAILING",
          subject: `${hostName(host)} ${publisher}`,
          ...(notAfterMs - nowMs < 30 * DAY_MS && { gravity: "error" as const }),
          params: {
            ...{
              host: hostName(host),
              publisher,
              due: dayText(renewal.dueMs),
              end: dayText(notAfterMs),
              data: dataOption(host),
            },
            why:
              failure === undefined
                ? `${serviceUrl} was not asked since the service started`
                : `${serviceUrl} was asked: ${reasonText(failure)}`,
          },
          evidence: [
            `due since ${instantText(renewal.dueMs)}`,
            failure === undefined ? "no try since the service started" : `the last try: ${reasonText(failure)}`,
          ],
        },
      ];
    }),
});

const activationsAreLeft = check({
  id: "CS-HST-006",
  good: "the host key has activations left",
  about: "A host key activates a limited number of hosts, each a limited number of times; the vendor can raise both.",
  byHand: ["countersign slmgr /dlv"],
  needs: ["CS-HST-001"],
  reads: ["host"],
  findings: {
    HOST_KEY_USED_UP: {
      gravity: "error",
      cause: "the host key of {publisher} on the host {host} has no activation left",
      effect: "this host is not activated or renewed with it",
      remedy: "",
      advice: `${REFUSALS.HOST_LIMIT_REACHED.remedy}; quote the key's last five symbols, {key}`,
    },
  },
  judge: (facts) =>
    eachSeat(facts, ({ host, seat }) => {
      const refusals = [{ reason: seat.reason, detail: "" }, seat.publisher, seat.renewal?.failure];
      const refusal = refusals.find((one) => one?.reason === "HOST_LIMIT_REACHED");
      if (refusal === undefined) return [];
      return [
        {
          finding: "HOST_KEY_USED_UP",
          subject: `${hostName(host)} ${seat.publisherName}`,
          params: { host: hostName(host), publisher: seat.publisherName, key: seat.partialKey },
          evidence: [`${seat.serviceUrl}: ${reasonText(refusal)}`],
        },
      ];
    }),
});

const signerAnswers = check({
  id: "CS-HST-007",
  good: "the host's private key answers",
  about:
    "Every batch of answers is signed by the host's key, in a file or in an external signer. Nothing is lost while it does not answer.",
  byHand: ["countersign host status", "countersign events --level error --since 1d"],
  needs: ["CS-ENV-002"],
  reads: ["host"],
  findings: {
    SIGNER_UNAVAILABLE: {
      gravity: "error",
      cause: "the private key of the host {host} does not answer",
      effect: "requests are committed and not answered; clients ask again with the same bytes",
      remedy: "ls -l {keys}",
      advice: "look at the key files, or at the external signer that the section keys of the configuration names",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const isRecent = host.startedMs === undefined || host.startedMs > facts.gatheredMs - DAY_MS;
      const dropped = isRecent ? (host.dropped.find(({ reason }) => reason === "SIGNER_UNAVAILABLE")?.count ?? 0) : 0;
      const seats = host.seats.filter(({ reason }) => reason === "SIGNER_UNAVAILABLE");
      const refused = host.seats
        .flatMap(({ refusedLately }) => refusedLately)
        .filter(({ reason }) => reason === "SIGNER_UNAVAILABLE");
      if (dropped + seats.length + refused.length === 0) return [];
      return [
        {
          finding: "SIGNER_UNAVAILABLE",
          subject: hostName(host),
          params: { host: hostName(host), keys: shellWord(`${host.dataDirectory}/keys`) },
          evidence: [
            ...seats.map(({ publisherName }) => `seat of ${publisherName}: SIGNER_UNAVAILABLE`),
            ...refused.map(({ count }) => `${counted(count, "request")} of the last 7 days: SIGNER_UNAVAILABLE`),
            ...(dropped > 0 ? [`${counted(dropped, "request")} since it started: SIGNER_UNAVAILABLE`] : []),
          ],
        },
      ];
    }),
});

const hostIsNoCopy = check({
  id: "CS-HST-008",
  good: "no copy of the host, and no older state of it, is in use",
  about:
    "A copied data directory is two hosts with one identity: their counts and sequences part, and the publisher renews only one.",
  byHand: ["countersign hosts find --domain DOMAIN", "countersign events --id 30004,30017"],
  needs: [],
  reads: ["host"],
  findings: {
    HOST_COPIED: {
      gravity: "error",
      cause: "a copy of the host {host} is in use",
      effect: "machines are told to draw new CMIDs, counts part, and the certificate of one of the two is not renewed",
      remedy: "countersign hosts find --domain {domain}",
      advice: "stop the copy; a second host begins with `countersign host init` and an activation of its own",
    },
    HOST_RESTORED: {
      gravity: "notice",
      cause: "the host {host} runs on an older state than its machines remember",
      effect: "counts and log miss what happened since; the machines are taken up again by themselves",
      remedy: "countersign events --id 30017,30018 --since 7d{data}",
      advice: "nothing to do after a restored backup; if none was restored look for a copy of this host",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const params = { host: hostName(host), domain: siteDomain(facts, host), data: dataOption(host) };
      const weekMs = facts.gatheredMs - 7 * DAY_MS;
      const copied = [
        ...forkedSeats(host),
        ...recentEvents(host, [30004], weekMs).map(
          (event) => `${instantText(event.timeMs)}: ${fieldText(event, "address")} answers as this host (event 30004)`,
        ),
      ];
      if (copied.length > 0)
        return [{ finding: "HOST_COPIED", subject: hostName(host), params, evidence: copied.slice(0, 10) }];
      const restored = recentEvents(host, [30017], weekMs);
      if (restored.length === 0) return [];
      const evidence = restored
        .slice(0, 5)
        .map(
          (event) =>
            `${instantText(event.timeMs)}: ${fieldText(event, "clientName")} proves ${fieldText(event, "provenSeq")}, the store says ${fieldText(event, "storedSeq")} (event 30017)`,
        );
      return [{ finding: "HOST_RESTORED", subject: hostName(host), params, evidence }];
    }),
});

/** Whether the host keeps its licence. */
export const HOST_RENEWAL_CHECKS: readonly Check[] = [
  certificateRenews,
  activationsAreLeft,
  signerAnswers,
  hostIsNoCopy,
];

function forkedSeats({ seats }: HostFacts): readonly string[] {
  return seats.flatMap(({ reason, publisher, renewal, serviceUrl }) => {
    const refusals = [{ reason, detail: "" }, publisher, renewal?.failure].flatMap((one) => one ?? []);
    const fork = refusals.find((one) => one.reason === "HOST_LINEAGE_FORK");
    return fork === undefined ? [] : [`${serviceUrl}: ${reasonText(fork)}`];
  });
}
