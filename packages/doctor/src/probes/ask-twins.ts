import { toHex } from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import type { EndpointAnswer, EndpointFacts, TargetFacts } from "../finder/facts.ts";
import { needsSecondLook } from "../finder/same-host.ts";
import { askAll, type TargetPorts } from "./probe-target.ts";

/** Where two answers may be one process that was started again in between, both are asked once more. */
export async function askTwins(
  targets: readonly TargetFacts[],
  trusts: readonly TrustState[],
  ports: TargetPorts,
): Promise<readonly TargetFacts[]> {
  const all = targets.flatMap(({ resolution }) =>
    resolution.kind === "addresses"
      ? resolution.endpoints.flatMap(({ answers }) => answers.flatMap((a) => (a.kind === "certified" ? a.host : [])))
      : [],
  );
  const again = (target: TargetFacts, address: string) => async (answer: EndpointAnswer) => {
    if (answer.kind !== "certified" || !needsSecondLook(answer.host, all)) return answer;
    const asking = trusts.filter(({ publisherId }) => toHex(publisherId) === answer.publisherId);
    const [later] = await askAll({ host: address, port: target.port }, asking, ports);
    return { ...answer, host: { ...answer.host, laterNodeId: later?.kind === "certified" ? later.host.nodeId : "" } };
  };
  const asked = targets.map(async (target) => {
    if (target.resolution.kind !== "addresses") return target;
    const endpoints: EndpointFacts[] = [];
    for (const endpoint of target.resolution.endpoints)
      endpoints.push({
        ...endpoint,
        answers: await Promise.all(endpoint.answers.map(again(target, endpoint.address))),
      });
    return { ...target, resolution: { ...target.resolution, endpoints } };
  });
  return Promise.all(asked);
}
