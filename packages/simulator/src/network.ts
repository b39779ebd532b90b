import type { Transport, TransportReply } from "@countersign/client";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import type { Adversary, Deliver } from "./adversary.ts";
import { overheard } from "./overheard.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";
import { transportReply } from "./transport-reply.ts";
import type { HostWatch } from "./watch/host-watch.ts";

/** One machine's end of the network. */
export interface Line {
  readonly transport: Transport;
  /** Calls since `forget` that the host's own answer came back from, and that somebody else answered. */
  honest: number;
  lies: number;
  /** Of the lies, those about documents. */
  documentLies: number;
  /** Versions of manifest, policy and revocation list in the machine's last request. */
  versions: readonly number[];
}

/** A network in memory. It loses, repeats, delays and overtakes; some listen on it, some lie. */
export interface Network {
  lineFor(name: string): Line;
  /** Nothing new is sent late or by strangers from now on. */
  calm(): void;
}

/** What a network is built from. */
export interface NetworkParts {
  readonly site: Site;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly watch: HostWatch;
  readonly startMs: number;
}

const DAY_MS = 86_400_000;
const LATENCY_MS = 1500;
const PATIENCE_MS = 10_000;

/** The network of one scenario; the host's methods behind it are real. */
export function createNetwork(
  scenario: Scenario,
  parts: NetworkParts,
  adversaryOn: (deliver: Deliver) => Adversary,
): Network {
  const { site, time, random, watch } = parts;
  let isCalm = false;
  const deliver: Deliver = async (request, address) => {
    watch.heard(request);
    const reply = await site.host().activate(request, { address });
    watch.answered(request, reply);
    return reply;
  };
  const adversary = adversaryOn(deliver);
  const later = (withinMs: number, request: Uint8Array, address: string) =>
    time.at(time.nowMs() + random.fraction() * withinMs, async () => {
      await deliver(request, address);
    });
  const exchange = async (request: Uint8Array, address: string, line: Line): Promise<TransportReply> => {
    adversary.overhears(request, isCalm);
    if (random.chance(scenario.lossPct)) return timedOut(time, random);
    if (!isCalm && random.chance(scenario.duplicatePct)) later(DAY_MS, request, address);
    if (!isCalm && random.chance(scenario.delayPct)) {
      later(DAY_MS, request, address);
      return timedOut(time, random);
    }
    await time.pass(random.fraction() * LATENCY_MS);
    const reply = transportReply(await deliver(request, address));
    if (random.chance(scenario.lossPct)) return timedOut(time, random);
    await time.pass(random.fraction() * LATENCY_MS);
    const bent = adversary.bends(request, reply);
    if (bent === reply) line.honest++;
    else line.lies++;
    return bent;
  };
  return {
    calm: () => {
      isCalm = true;
    },
    lineFor: (name) => {
      const address = addressOf(name);
      const line: Line = {
        ...{ honest: 0, lies: 0, documentLies: 0, versions: [] },
        transport: async (_target, method, request) => {
          if (isDown(scenario, time.nowMs() - parts.startMs)) {
            return { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" };
          }
          if (method !== "Activate") {
            const lie = await adversary.answers(method);
            if (lie !== undefined) {
              line.documentLies++;
              return lie;
            }
            const ask = method === "GetDocuments" ? site.host().getDocuments : site.host().getHostInfo;
            return transportReply(await ask(request, { address }));
          }
          line.versions = versionsIn(request);
          const lie = await adversary.answersInstead(request);
          if (lie === undefined) return exchange(request, address, line);
          line.lies++;
          return lie;
        },
      };
      return line;
    },
  };
}

/** Whether the way there or the way back was lost, the sender hears the same; a connect that times out is another thing. */
async function timedOut(time: VirtualTime, random: SeededRandom): Promise<TransportReply> {
  await time.pass(PATIENCE_MS);
  return { kind: "failure", reason: "TIMEOUT", detail: random.chance(80) ? "reply" : "connect" };
}

function isDown({ hostDownDays: [from, to] }: Scenario, sinceStartMs: number): boolean {
  return sinceStartMs >= from * DAY_MS && sinceStartMs < to * DAY_MS;
}

function versionsIn(bytes: Uint8Array): readonly number[] {
  const request = overheard(bytes);
  return request === undefined ? [] : [request.manifestVersion, request.policyVersion, request.rlNumber];
}

/** An address of the site's own network, one a machine. */
function addressOf(name: string): string {
  const number = Number(name.replace(/\D/g, "")) + 1;
  return `10.0.${number >> 8}.${number & 255}`;
}
