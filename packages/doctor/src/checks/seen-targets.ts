import type { Facts } from "../facts/facts.ts";
import { hostTextOf } from "../finder/delete-record.ts";
import type { CertifiedHost, EndpointAnswer, TargetFacts } from "../finder/facts.ts";

/** Every target that was probed or named, of our service. */
export function ourTargets({ network }: Facts): readonly TargetFacts[] {
  return network?.targets.filter(({ service }) => service === "countersign") ?? [];
}

/** What every address of a target said. */
export function answersOf({ resolution }: TargetFacts): readonly EndpointAnswer[] {
  return resolution.kind === "addresses" ? resolution.endpoints.flatMap(({ answers }) => answers) : [];
}

/** What hosts signed at a target: at most one per address and publisher. */
export function certifiedAt(target: TargetFacts): readonly CertifiedHost[] {
  return answersOf(target).flatMap((answer) => (answer.kind === "certified" ? [answer.host] : []));
}

/** Whether a host answers at `name:port`: false where nothing does, undefined where nobody looked. */
export function isAnswering(facts: Facts, host: string): boolean | undefined {
  const target = ourTargets(facts).find((one) => hostTextOf(one) === host);
  if (target === undefined || target.resolution.kind === "not-probed") return undefined;
  const answers = answersOf(target);
  if (answers.some(({ kind }) => ["certified", "refusal", "unverified"].includes(kind))) return true;
  return false;
}

/** The ways a look at a target failed, each once: `TIMEOUT: no answer within 3 s`. */
export function failuresAt(target: TargetFacts): readonly string[] {
  if (target.resolution.kind === "none") return [`${target.resolution.reason}: ${target.resolution.detail}`];
  const failures = answersOf(target).flatMap((answer) =>
    answer.kind === "failure" ? [`${answer.reason}: ${answer.detail}`] : [],
  );
  return [...new Set(failures)];
}
