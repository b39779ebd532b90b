import type { Facts } from "../facts/facts.ts";
import type { HostFacts, SeatFacts } from "../facts/host-facts.ts";
import { type Check, check, type Found } from "./check.ts";
import { DAY_MS, dayText, reasonText } from "./phrases.ts";
import { dataOption, eachSeat, hostName, hostNowMs, type ToldSeat } from "./told-hosts.ts";

/** From here on a certificate's end is near: a month before the warnings of its own check. */
const NEAR_MS = 90 * DAY_MS;

const publisherAnswers = check({
  id: "CS-PUB-001",
  good: "the publisher's activation service answers the host",
  about:
    "A host needs its publisher to be activated and to renew its certificate, and nobody else does. An outage harms only when the certificate runs out.",
  byHand: ["curl --include https://activation.example/", "countersign host status"],
  needs: [],
  reads: ["publisher"],
  findings: {
    PUBLISHER_UNREACHABLE: {
      gravity: "warning",
      cause: "the host {host} does not reach the activation service of {publisher} at {url}",
      effect: "it can neither be activated nor renew its certificate{until}",
      remedy: "countersign host activate{data}",
      advice: "open the way to that address, or set the proxy (HTTPS_PROXY) of the host; then this command tries again",
    },
  },
  judge: (facts) => eachSeat(facts, (told) => unreachable(told, facts)),
});

/** The way to the publisher. */
export const PUBLISHER_CHECKS: readonly Check[] = [publisherAnswers];

function unreachable({ host, seat }: ToldSeat, facts: Facts): readonly Found<"PUBLISHER_UNREACHABLE">[] {
  const failure = failureOf(seat);
  if (failure === undefined) return [];
  const nowMs = hostNowMs(host, facts);
  return [
    {
      finding: "PUBLISHER_UNREACHABLE",
      ...{ subject: hostName(host), concerns: [seat.publisherName] },
      ...(isNeeded(seat, nowMs) && { gravity: "error" as const }),
      params: {
        ...{ host: hostName(host), publisher: seat.publisherName, url: seat.serviceUrl, data: dataOption(host) },
        until: seat.notAfterMs === undefined ? "" : `; the one it has lasts until ${dayText(seat.notAfterMs)}`,
      },
      evidence: evidenceOf(host, seat, failure),
    },
  ];
}

/** What a look at the publisher came to; without a look, why the last renewal failed. */
function failureOf({ publisher, renewal }: SeatFacts): string | undefined {
  if (publisher !== undefined) return publisher.reachable ? undefined : reasonText(publisher);
  return renewal?.failure?.reason === "PUBLISHER_UNREACHABLE" ? reasonText(renewal.failure) : undefined;
}

/** A certificate is due, near its end or missing: the outage is no longer somebody else's matter. */
function isNeeded({ hostStatus, notAfterMs, renewal }: SeatFacts, nowMs: number): boolean {
  const isDue = renewal !== undefined && renewal.dueMs <= nowMs;
  return hostStatus !== "licensed" || isDue || (notAfterMs !== undefined && notAfterMs - nowMs < NEAR_MS);
}

function evidenceOf(
  host: HostFacts,
  { serviceUrl, renewal, notAfterMs }: SeatFacts,
  failure: string,
): readonly string[] {
  return [
    `${serviceUrl} asked by ${hostName(host)}: ${failure}`,
    ...(renewal === undefined ? [] : [`a newer certificate is due since ${dayText(renewal.dueMs)}`]),
    ...(notAfterMs === undefined ? [] : [`the certificate ends on ${dayText(notAfterMs)}`]),
  ];
}
