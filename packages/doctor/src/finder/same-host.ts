import type { CertifiedHost, TargetFacts } from "./facts.ts";

/** One signed answer and where it came from. */
export interface SeenHost {
  /** `name:port`. */
  readonly at: string;
  readonly address: string;
  readonly publisherId: string;
  readonly host: CertifiedHost;
}

/** Every certified answer of all targets. */
export function seenHosts(targets: readonly TargetFacts[], nameOf: (target: TargetFacts) => string) {
  return targets.flatMap((target): readonly SeenHost[] => {
    if (target.resolution.kind !== "addresses") return [];
    return target.resolution.endpoints.flatMap(({ address, answers }) =>
      answers.flatMap((answer) => {
        if (answer.kind !== "certified") return [];
        const { publisherId, host } = answer;
        return [{ at: nameOf(target), address, publisherId, host }];
      }),
    );
  });
}

/**
 * Whether two signed answers come from two processes that claim to be one host. Another instance id is a restored copy. The
 * same one with another node id is a copied directory, or one process that was started again between the two questions:
 * only node ids that still stand at a second question tell. The embedded store lets one process in, so both cannot be right.
 */
export function areTwoProcesses(a: CertifiedHost, b: CertifiedHost): boolean {
  if (a.hostId !== b.hostId) return false;
  if (a.instanceId !== b.instanceId) return true;
  return a.nodeId !== b.nodeId && stands(a) && stands(b) && a.laterNodeId !== b.laterNodeId;
}

/** Whether two answers come from the same process, by whatever names and addresses. */
export function areOneProcess(a: CertifiedHost, b: CertifiedHost): boolean {
  return a.hostId === b.hostId && !areTwoProcesses(a, b);
}

/** Whether a second question is needed to tell a copy from a restart. */
export function needsSecondLook(host: CertifiedHost, all: readonly CertifiedHost[]): boolean {
  return all.some(
    (other) => other.hostId === host.hostId && other.instanceId === host.instanceId && other.nodeId !== host.nodeId,
  );
}

function stands({ nodeId, laterNodeId }: CertifiedHost): boolean {
  return laterNodeId === nodeId;
}
