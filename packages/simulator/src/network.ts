import type { Transport, TransportReply } from "@countersign/client";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";
import type { Witness } from "./witness.ts";

const DAY_MS = 86_400_000;

/** A network in memory that loses requests and replies and delivers some requests again, late. The host's methods are real. */
export function createNetwork(
  scenario: Scenario,
  parts: { readonly site: Site; readonly time: VirtualTime; readonly random: SeededRandom; readonly witness: Witness },
): Transport {
  const { site, time, random, witness } = parts;
  const startMs = time.nowMs();
  const peer = { address: "192.0.2.7" };
  const deliver = async (request: Uint8Array): Promise<TransportReply> => {
    const reply = await site.host.activate(request, peer);
    witness.saw(request, reply, time.nowMs());
    return replyOf(reply);
  };
  const isDown = () => {
    const [from, to] = scenario.hostDownDays ?? [0, 0];
    const day = (time.nowMs() - startMs) / DAY_MS;
    return day >= from && day < to;
  };
  return async (_target, method, request) => {
    if (isDown()) return { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" };
    if (method !== "Activate") {
      const ask = method === "GetDocuments" ? site.host.getDocuments : site.host.getHostInfo;
      return replyOf(await ask(request, peer));
    }
    if (random.chance(scenario.lossPct)) return { kind: "failure", reason: "TIMEOUT", detail: "connect" };
    if (random.chance(scenario.duplicatePct)) {
      time.at(time.nowMs() + random.fraction() * DAY_MS, async () => {
        await deliver(request);
      });
    }
    const reply = await deliver(request);
    return random.chance(scenario.lossPct) ? { kind: "failure", reason: "TIMEOUT", detail: "reply" } : reply;
  };
}

function replyOf(reply: Awaited<ReturnType<Site["host"]["activate"]>>): TransportReply {
  if (reply.ok) return { kind: "answer", bytes: reply.body };
  const { reason, message, retryAfterS } = reply.refusal;
  return { kind: "refusal", reason, message, retryAfterS };
}
