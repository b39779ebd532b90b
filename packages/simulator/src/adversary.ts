import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ActivationMethod, TransportReply } from "@countersign/client";
import { equalBytes } from "@countersign/domain";
import { type ActivateRequest, encodeActivateRequest, type RpcReply } from "@countersign/protocol";
import { ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import { overheard } from "./overheard.ts";
import type { Scenario } from "./scenario.ts";
import type { UncertifiedHost } from "./uncertified-host.ts";
import type { HostWatch } from "./watch/host-watch.ts";

/** Those on the wire who are no part of the site (N1 to N3 of protocol.md §1.2). */
export interface Adversary {
  /** Sees a request, may use it later. */
  overhears(request: Uint8Array, isCalm: boolean): void;
  /** What comes back instead of the host's reply: the reply itself where nobody touches it. */
  bends(request: Uint8Array, reply: TransportReply): TransportReply;
  /** Answers a request that never reaches the host; undefined: nobody does. */
  answersInstead(request: Uint8Array): Promise<TransportReply | undefined>;
  /** The same for the other methods. */
  answers(method: ActivationMethod): Promise<TransportReply | undefined>;
}

/** Brings bytes to the host as if from this address. */
export type Deliver = (request: Uint8Array, address: string) => Promise<RpcReply>;

/** What an adversary is built from. */
export interface AdversaryParts {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly watch: HostWatch;
  readonly uncertified: UncertifiedHost;
}

const ADDRESS = "10.9.9.9";
const DAY_MS = 86_400_000;
const SPOOF_WITHIN_MS = 3 * DAY_MS;
const REPLAY_WITHIN_MS = 30 * DAY_MS;
const KEPT_REPLIES = 50;

/** Listens, repeats, pretends and lies, as often as the scenario says. */
export function createAdversary(
  { scenario, time, random, watch, uncertified }: AdversaryParts,
  deliver: Deliver,
): Adversary {
  const kept: { readonly request: Uint8Array; readonly reply: TransportReply }[] = [];
  const later = (withinMs: number, make: () => Uint8Array | undefined) =>
    time.at(time.nowMs() + random.fraction() * withinMs, async () => {
      const request = make();
      if (request !== undefined) await deliver(request, ADDRESS);
    });
  return {
    overhears: (bytes, isCalm) => {
      if (isCalm) return;
      if (random.chance(scenario.replayPct)) later(REPLAY_WITHIN_MS, () => bytes);
      if (random.chance(scenario.spoofPct)) later(SPOOF_WITHIN_MS, () => spoofOf(bytes, watch, random));
    },
    bends: (request, reply) => {
      if (reply.kind !== "answer") return reply;
      if (random.chance(scenario.roguePct / 2)) return { ...reply, bytes: bentStatement(reply.bytes, random) };
      if (kept.length < KEPT_REPLIES) kept.push({ request, reply });
      return reply;
    },
    answersInstead: async (request) => {
      if (!random.chance(scenario.roguePct / 2)) return undefined;
      if (random.chance(50)) return uncertified.activates(request);
      // The reply to the same bytes would be no lie.
      const old = random.pick(kept.filter((each) => !equalBytes(each.request, request)));
      return random.chance(50) && old !== undefined ? old.reply : uncertified.refuses();
    },
    answers: async (method) =>
      method === "GetDocuments" && random.chance(scenario.roguePct) ? uncertified.documents() : undefined,
  };
}

/** One bit of what was signed. */
function bentStatement(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const message = fromBinary(ActivateResponseSchema, bytes);
  const at = Math.floor(random.fraction() * message.statement.length);
  const bit = 1 << Math.floor(random.fraction() * 8);
  const statement = message.statement.map((byte, i) => (i === at ? byte ^ bit : byte));
  return toBinary(ActivateResponseSchema, { ...message, statement });
}

/** How somebody who read a request on the wire pretends to be its sender. */
const PRETENCES: readonly ((request: ActivateRequest, random: SeededRandom) => ActivateRequest)[] = [
  // On hardware of his own, as a copy would.
  (request, random) => ({
    ...request,
    nonce: random.bytes(32),
    components: [Uint8Array.of(1, ...random.bytes(8))],
    fingerprint: random.bytes(32),
    lineage: [],
  }),
  // With all he read but the lineage.
  (request, random) => ({ ...request, nonce: random.bytes(32), lineage: [] }),
  // With the lineage he read, which is older than the answer to it.
  (request, random) => ({ ...request, nonce: random.bytes(32) }),
  // With a lease id he guesses.
  (request, random) => ({
    ...request,
    nonce: random.bytes(32),
    lineage: request.lineage.map((claim) => ({ ...claim, seq: claim.seq + 1, leaseId: random.bytes(16) })),
  }),
  // Under the sender's nonce.
  (request, random) => ({ ...request, clientTimeMs: request.clientTimeMs + 1 + Math.floor(random.fraction() * 1000) }),
];

/**
 * Only what cannot displace the sender: a CMID the host does not know yet could be squatted, and who holds the newest
 * lease id is its holder to the host (the limits of protocol.md §7.4).
 */
function spoofOf(bytes: Uint8Array, watch: HostWatch, random: SeededRandom): Uint8Array | undefined {
  const sent = overheard(bytes);
  const pretence = random.pick(PRETENCES);
  if (sent === undefined || pretence === undefined) return undefined;
  const request = pretence(sent, random);
  return watch.isStale(request) ? encodeActivateRequest(request) : undefined;
}
