import { type RefusalReason, refusalReasonOf } from "@countersign/domain";
import type { CertifiedHost, EndpointAnswer, EndpointFacts, TargetFacts } from "./facts.ts";
import type { Verdict } from "./verdicts.ts";

/** A verdict and what makes it so. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly because: string;
}

/** What the other targets say that one answer alone does not show. */
export interface Surroundings {
  /** Whether that customer of that publisher is us; undefined: nobody knows. */
  readonly isOurs: (publisherId: string, customerId: string) => boolean | undefined;
  /** Where another process answers as the same host; undefined: nowhere. */
  readonly otherProcess: (host: CertifiedHost) => string | undefined;
}

/** A signed answer that fails only in these says: certified once. */
const LAPSED: readonly RefusalReason[] = [
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_NOT_YET_VALID",
  "CERTIFICATE_REVOKED",
  "CLOCK_SKEW",
];

/** What a refusal, which anybody may send, makes of who sent it. */
const REFUSAL_VERDICTS: Readonly<Partial<Record<RefusalReason, Verdict>>> = {
  HOST_NOT_ENABLED: "uncertified",
  HOST_NOT_ACTIVATED: "uncertified",
  HOST_CERT_EXPIRED: "lapsed",
  UNKNOWN_PUBLISHER: "other-publisher",
  METHOD_UNKNOWN: "foreign",
  NOT_A_HOST: "foreign",
};

/** Of several answers of one process, the one that decides: a signature that fails alarms, a good one answers. */
const WITHIN_ADDRESS: readonly Verdict[] = [
  "clone",
  "ours",
  "other-site",
  "certified",
  "lapsed",
  "uncertified",
  "other-publisher",
  "unclear",
  "foreign",
  "stale",
];

/** Of several addresses of one target: clients may be led to any of them, so the worst of those that answer decides. */
const WITHIN_TARGET: readonly Verdict[] = [
  "clone",
  "uncertified",
  "foreign",
  "lapsed",
  "other-site",
  "other-publisher",
  "certified",
  "ours",
  "unclear",
  "stale",
];

/** One address, by all it said. */
export function judgeAddress({ answers }: EndpointFacts, surroundings: Surroundings): Judgement {
  const judged = answers.map((answer) => judgeAnswer(answer, surroundings));
  // Someone who signs what does not verify is no host of ours, whatever else it says.
  const forged = answers.findIndex(({ kind }, i) => kind === "unverified" && judged[i]?.verdict === "uncertified");
  return judged[forged] ?? firstOf(WITHIN_ADDRESS, judged);
}

/** One target, by its addresses. */
export function judgeTarget({ resolution }: TargetFacts, addresses: readonly Judgement[]): Judgement {
  if (resolution.kind === "not-probed") return { verdict: "not-probed", because: "not asked" };
  if (resolution.kind === "none")
    return { verdict: "stale", because: `its name has no address (${resolution.reason})` };
  const judged = firstOf(WITHIN_TARGET, addresses);
  const silent = addresses.filter(({ verdict }) => verdict === "stale").length;
  if (silent === 0 || silent === addresses.length) return judged;
  return { ...judged, because: `${judged.because}; ${silent} of its ${addresses.length} addresses do not answer` };
}

function judgeAnswer(answer: EndpointAnswer, surroundings: Surroundings): Judgement {
  switch (answer.kind) {
    case "certified":
      return judgeCertified(answer.publisherId, answer.host, surroundings);
    case "unverified": {
      const verdict = LAPSED.includes(answer.reason) ? "lapsed" : "uncertified";
      return { verdict, because: `its signed answer does not verify (${answer.reason}: ${answer.detail})` };
    }
    case "refusal": {
      const reason = refusalReasonOf(answer.reason);
      const verdict = (reason && REFUSAL_VERDICTS[reason]) ?? "unclear";
      return { verdict, because: `it answers ${answer.reason}, unsigned` };
    }
    case "foreign":
      return { verdict: "foreign", because: answer.detail };
    case "connected":
      return { verdict: "unclear", because: "it takes connections" };
    case "failure":
      return { verdict: "stale", because: `no answer (${answer.reason}: ${answer.detail})` };
  }
}

function judgeCertified(publisherId: string, host: CertifiedHost, surroundings: Surroundings): Judgement {
  const other = surroundings.otherProcess(host);
  if (other !== undefined) return { verdict: "clone", because: `another process answers as the same host at ${other}` };
  const isOurs = surroundings.isOurs(publisherId, host.customerId);
  if (isOurs === undefined) return { verdict: "certified", because: `its customer is ${host.customerId}` };
  return isOurs
    ? { verdict: "ours", because: "its signed answer verifies" }
    : { verdict: "other-site", because: `its certificate is of customer ${host.customerId}` };
}

function firstOf(order: readonly Verdict[], judged: readonly Judgement[]): Judgement {
  const rank = ({ verdict }: Judgement) => order.indexOf(verdict);
  return judged.toSorted((a, b) => rank(a) - rank(b))[0] ?? { verdict: "stale", because: "no address was asked" };
}
