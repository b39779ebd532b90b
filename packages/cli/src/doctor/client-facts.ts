import type { MachineIdentity } from "@countersign/client";
import { type LookedAtProduct, type LookedAtStore, lookAtStore, systemIdentity } from "@countersign/client/node";
import type { ClientFacts, MachineFacts, ProblemFacts } from "@countersign/doctor";
import { diskFacts } from "@countersign/host/main";
import { nodeCryptography } from "@countersign/protocol/node";
import { clientEventFacts } from "./client-events.ts";
import { type ClientPlace, settingsSeen } from "./client-places.ts";

type ProductFacts = ClientFacts["products"][number];

/** A machine's client as its store, its settings and its log have it. Nothing is locked, written or asked. */
export async function clientFactsOf(place: ClientPlace, machine: MachineFacts): Promise<ClientFacts> {
  const identity: MachineIdentity = place.identity ?? systemIdentity();
  const { computerName } = await identity.read();
  const settings = await settingsSeen(place);
  const looked = await lookAtStore({
    ...{ directory: place.store, trust: place.trust.bytes, identity, cryptography: nodeCryptography },
    readSettings: async () => settings.effective,
    ...(place.product && { product: place.product }),
  });
  const { state } = looked;
  const disk = diskFacts(place.dataDirectory);
  const trust = trustFacts(place, looked);
  const { host, lookupDomain, hostCaching, keepPort } = settings.effective.values;
  return {
    from: place.agent === undefined ? "store" : "agent",
    ...{ machine, machineName: machineNameOf(computerName, machine), dataDirectory: place.dataDirectory },
    ...(place.agent && { agent: place.agent }),
    ...storeProblem(looked),
    ...(disk && { disk }),
    cmid: looked.products[0]?.report.cmid ?? "",
    ...(trust && { trust }),
    ...{ settings: settings.facts, settingsProblems: [...settings.problems] },
    fixedHost: host === undefined ? "" : hostText(host),
    cachedHost: state?.cachedHost === undefined ? "" : hostText(state.cachedHost),
    ...{ lookupDomain, hostCaching, keepPort },
    ...clockFacts(looked, machine.wallMs),
    isMachineChanged: looked.products.some(({ report }) => report.reason === "MACHINE_CHANGED"),
    isStoreCopied: looked.isOfOtherMachine,
    products: looked.products.map((product) => productFacts(product, place, machine.wallMs)),
    events: clientEventFacts(place.dataDirectory),
  };
}

/** A machine knows itself by its whole name where it has one. */
function machineNameOf(computerName: string, { name, domain }: MachineFacts): string {
  if (computerName !== "" && !name.startsWith(computerName)) return computerName;
  return name.includes(".") || domain === "" ? name : `${name}.${domain}`;
}

function hostText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function storeProblem({ loaded, problem }: LookedAtStore): { readonly store?: ProblemFacts } {
  if (loaded === "damaged") return { store: { reason: "STORE_CORRUPT", detail: "no generation of it is whole" } };
  if (loaded !== "unusable" || problem === undefined || !("problem" in problem)) return {};
  const reason = problem.problem === "newer" ? "STORE_NEWER" : "STORE_UNAVAILABLE";
  return { store: { reason, detail: problem.detail } };
}

function trustFacts({ trust }: ClientPlace, { publisherName, problem }: LookedAtStore): ClientFacts["trust"] {
  const name = publisherName || trust.publisherName;
  const refused =
    problem !== undefined && "reason" in problem ? { reason: problem.reason, detail: problem.message } : undefined;
  const wrong = trust.problem ?? refused;
  if (wrong === undefined && name === "") return undefined;
  return { publisherName: name, ...(wrong && { problem: wrong }) };
}

function clockFacts({ products }: LookedAtStore, wallMs: number): Pick<ClientFacts, "clock"> {
  const [first] = products;
  if (first === undefined) return {};
  const { trustedTimeMs, flags } = first.report;
  return { clock: { wallMs, believedMs: Math.trunc(trustedTimeMs), isSuspect: flags.clockSuspect } };
}

function productFacts(
  { facts, report, kept, channels }: LookedAtProduct,
  place: ClientPlace,
  wallMs: number,
): ProductFacts {
  const { product, state, client } = facts;
  const hasKey = product.partialKey !== "";
  const nextAttemptMs = hasKey
    ? (place.nextAttempts.get(product.activationId) ?? plannedMs(kept, facts, wallMs))
    : undefined;
  const lease = kept?.license.lease;
  return {
    ...{ name: product.name, activationId: product.activationId, applicationId: product.applicationId },
    ...{ keyGroup: product.keyGroup, channel: hasKey ? ("setup key" as const) : ("" as const) },
    ...(kept && { productId: kept.productId }),
    ...{ partialKey: product.partialKey, status: state.status, reason: state.reason ?? "" },
    ...(channels && { hasVolumeChannel: channels.includes("volume") }),
    ...(state.remainingMinutes !== undefined && { remainingMinutes: state.remainingMinutes }),
    ...(state.endsMs !== undefined && { expiresMs: Math.trunc(state.endsMs) }),
    ...{ rearmsLeft: report.rearmsLeft, requiredCount: report.requiredCount },
    ...(nextAttemptMs !== undefined && { nextAttemptMs: Math.trunc(nextAttemptMs) }),
    ...(lease && { lastLeaseMs: Math.trunc(lease.receivedMs) }),
    ...(client && { renewalIntervalMinutes: client.renewalIntervalMinutes }),
    ...(kept?.lastAnswer && { lastAnswer: answerFacts(kept.lastAnswer) }),
    ...(kept?.lastAttempt && { lastAttempt: attemptFacts(kept.lastAttempt) }),
  };
}

type Kept = NonNullable<LookedAtProduct["kept"]>;

/** By the machine's clock, as it was planned when the store was written. */
function plannedMs(kept: Kept | undefined, { state }: LookedAtProduct["facts"], wallMs: number): number | undefined {
  if (kept === undefined || kept.nextAttemptMs === 0) return undefined;
  return wallMs + (kept.nextAttemptMs - state.trustedTimeMs);
}

function answerFacts({ count, requiredCount, atMs, reason }: NonNullable<Kept["lastAnswer"]>) {
  return { count, requiredCount, atMs: Math.trunc(atMs), reason };
}

function attemptFacts({ atMs, tried, lookups }: NonNullable<Kept["lastAttempt"]>): ProductFacts["lastAttempt"] {
  return {
    atMs: Math.trunc(atMs),
    tried: tried.map(({ host, why, address, reason = "", inner = "", detail }) => ({
      ...{ host, why, address, reason, inner, detail },
    })),
    lookups: lookups.map(({ domain, name, reason = "", detail }) => ({ domain, name, reason, detail })),
  };
}
