import { type Channel, type Cryptography, type LicenceFacts, type Refusal, toUuid } from "@countersign/domain";
import type { LicenseReport } from "../license-report.ts";
import { type Licensing, openLicensing } from "../licensing.ts";
import type { LicensingPorts } from "../licensing-ports.ts";
import { isBlank, isOtherMachine } from "../machine-check.ts";
import type { MachineIdentity } from "../machine-identity.ts";
import { memoryResolver } from "../memory-resolver.ts";
import type { EffectiveSettings } from "../settings/effective-settings.ts";
import type { ProductState, TrustedState } from "../trusted-state.ts";
import { decodeTrustedState } from "../trusted-state-codec.ts";
import type { LoadedStore, StoreProblem } from "../trusted-store.ts";
import { loadForReading } from "./load-for-reading.ts";
import { systemClock } from "./system-clock.ts";

/** The store that is looked at, and what is to be believed about it. */
export interface LookedAtPlace {
  readonly directory: string;
  /** The publisher's trust file; undefined: the one that the store keeps. */
  readonly trust: Uint8Array | undefined;
  readonly readSettings: () => Promise<EffectiveSettings>;
  readonly identity: MachineIdentity;
  readonly cryptography: Cryptography;
  /** A product that is shown although the store does not know it yet, with the key it would be given. */
  readonly product?: { readonly activationId: Uint8Array; readonly setupKey: string | undefined };
}

/** One product as the store has it: what a person is shown, and what that was made from. */
export interface LookedAtProduct {
  readonly facts: LicenceFacts;
  readonly report: LicenseReport;
  readonly kept: ProductState | undefined;
  /** Undefined: no signed policy names the product any more. */
  readonly channels: readonly Channel[] | undefined;
}

/** What a look at a store came to. */
export interface LookedAtStore {
  readonly loaded: LoadedStore["kind"];
  /** Why nothing can be said of its products: of a store that cannot be used, or of a trust file that is none. */
  readonly problem: StoreProblem | Refusal | undefined;
  /** "" = not known. */
  readonly publisherName: string;
  readonly state: TrustedState | undefined;
  /** The machine it was written on is not this one. */
  readonly isOfOtherMachine: boolean;
  readonly products: readonly LookedAtProduct[];
}

/**
 * What a store says now, without a lock, a write or a question to anybody: the licences are opened over a copy in memory.
 * Rejects for nothing that can be wrong with a store.
 */
export async function lookAtStore(place: LookedAtPlace): Promise<LookedAtStore> {
  const loaded = await loadForReading(place.directory);
  const state = loaded.kind === "found" ? decodeTrustedState(loaded.body) : undefined;
  const nothing = { state, publisherName: "", isOfOtherMachine: false, products: [], problem: undefined };
  if (loaded.kind === "unusable") return { ...nothing, loaded: loaded.kind, problem: loaded.problem };
  const trust = place.trust ?? state?.trust;
  if (trust === undefined) return { ...nothing, loaded: loaded.kind };
  const opened = await openLicensing(portsOver(loaded, place), {
    ...{ trust, ephemeral: false, sdk: "", readSettings: place.readSettings },
  });
  if (!opened.ok) return { ...nothing, loaded: loaded.kind, problem: opened.refusal };
  const { licensing } = opened;
  const machine = await place.identity.read();
  return {
    ...{ loaded: loaded.kind, problem: undefined, state, publisherName: licensing.publisherName },
    isOfOtherMachine:
      state !== undefined && !isBlank(state.identity) && isOtherMachine(state.identity, machine, place.cryptography),
    products: await productsOf(licensing, state, place.product),
  };
}

async function productsOf(
  licensing: Licensing,
  state: TrustedState | undefined,
  wanted: LookedAtPlace["product"],
): Promise<readonly LookedAtProduct[]> {
  if (wanted !== undefined) await licensing.open(wanted.activationId, wanted.setupKey);
  const keptIds = new Set(state?.products.map(({ productId }) => productId));
  for (const { activationId, productId } of licensing.known())
    if (keptIds.has(productId)) await licensing.open(activationId);
  const knownAs = new Map(licensing.known().map((known) => [toUuid(known.activationId), known]));
  return licensing.clients().map((client) => {
    const facts = client.facts();
    const known = knownAs.get(facts.product.activationId);
    const kept = state?.products.find(({ productId }) => productId === known?.productId);
    return { facts, report: client.status(), kept, channels: known?.channels };
  });
}

/** Everything that would be done is done in memory, and forgotten. */
function portsOver(loaded: LoadedStore, { identity, cryptography }: LookedAtPlace): LicensingPorts {
  return {
    store: { load: async () => loaded, save: async () => ({ ok: true }), close: async () => undefined },
    ...{ machine: identity, clock: systemClock(), cryptography, fraction: Math.random },
    transport: async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "unreachable" }),
    ...{ resolver: memoryResolver(), events: () => undefined },
  };
}
