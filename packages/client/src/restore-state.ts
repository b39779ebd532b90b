import {
  equalBytes,
  type LicenseInput,
  newLicenseRecord,
  openTrustedClock,
  type Refusal,
  refuse,
  toUuid,
} from "@countersign/domain";
import { publisherFloorMs, type TrustState } from "@countersign/protocol";
import type { LicensingPorts } from "./licensing-ports.ts";
import { drawIdentity } from "./machine-check.ts";
import type { MachineReading } from "./machine-identity.ts";
import { storedTrust } from "./newest-trust.ts";
import { type PublisherSession, readClocks } from "./publisher-session.ts";
import { type ProductState, type TrustedState, withProduct } from "./trusted-state.ts";
import { decodeTrustedState } from "./trusted-state-codec.ts";
import type { LoadedStore, StoreMarker } from "./trusted-store.ts";

/** What a store gave: a state to go on from. `isStoreLost`: an earlier one is known of and is gone. */
export type RestoredState =
  | { readonly ok: true; readonly state: TrustedState; readonly isStoreLost: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/** The circumstances of an opening. */
export interface Opening {
  readonly ports: LicensingPorts;
  readonly trust: TrustState;
  readonly machine: MachineReading;
}

/** Goes on from what the store held, or begins anew: without initial grace when an earlier store is known of (protocol.md §9). */
export function restoreState(loaded: LoadedStore, opening: Opening): RestoredState {
  switch (loaded.kind) {
    case "found": {
      const state = decodeTrustedState(loaded.body);
      return state === undefined ? begin(opening, true) : goOn(state, opening, loaded.marker);
    }
    case "absent":
      return begin(opening, loaded.marker !== undefined);
    case "damaged":
      return begin(opening, true);
    case "unusable":
      return begin(opening, false);
  }
}

/** The state with a product's part in it, and what its licence must be told when that part begins now. */
export function takeUpProduct(
  { state, marker, isStoreLost }: Pick<PublisherSession, "state" | "marker" | "isStoreLost">,
  productId: number,
): { readonly state: TrustedState; readonly isNew: boolean; readonly input: LicenseInput | undefined } {
  if (state.products.some((product) => product.productId === productId)) {
    return { state, isNew: false, input: undefined };
  }
  const rearmsUsed = markedRearms(marker, productId);
  // A product the marker lists was in an earlier store, whatever became of that.
  const isLost = isStoreLost || marker?.products?.[productId] !== undefined;
  const input = isLost ? ({ kind: "store-lost", rearmsUsed } as const) : undefined;
  return { state: withProduct(state, newProduct(productId, rearmsUsed)), isNew: true, input };
}

function goOn(state: TrustedState, { trust }: Opening, marker: StoreMarker | undefined): RestoredState {
  if (!equalBytes(state.publisherId, trust.publisherId)) {
    const expected = `a licence store of publisher ${toUuid(trust.publisherId)}`;
    return {
      ok: false,
      refusal: refuse("CONFIGURATION_INVALID", { expected, found: `one of ${toUuid(state.publisherId)}` }),
    };
  }
  // The counter stands in two places, so that an older copy of one of them gives no rearm back.
  const products = state.products.map((product) => {
    const rearmsUsed = Math.max(product.license.rearmsUsed, markedRearms(marker, product.productId));
    return { ...product, license: { ...product.license, rearmsUsed } };
  });
  return { ok: true, state: { ...state, products }, isStoreLost: false };
}

function begin({ ports, trust, machine }: Opening, isStoreLost: boolean): RestoredState {
  const state: TrustedState = {
    generation: 0,
    publisherId: trust.publisherId,
    identity: drawIdentity(machine, ports.cryptography),
    previous: undefined,
    pending: undefined,
    reidentifiedMs: [],
    clock: openTrustedClock(readClocks(ports), publisherFloorMs(trust)),
    trust: storedTrust(trust),
    cachedHost: undefined,
    rearmed: false,
    products: [],
  };
  return { ok: true, state, isStoreLost };
}

/** A marker that lists no products is of an earlier version: its one number stands for each. */
function markedRearms(marker: StoreMarker | undefined, productId: number): number {
  if (marker === undefined) return 0;
  return marker.products === undefined ? marker.rearmsUsed : (marker.products[productId] ?? 0);
}

function newProduct(productId: number, rearmsUsed: number): ProductState {
  return {
    productId,
    setupKey: undefined,
    license: newLicenseRecord(rearmsUsed),
    lease: undefined,
    lineage: [],
    knownCertificate: undefined,
    series: undefined,
    nextAttemptMs: 0,
    seriesReplacedMs: undefined,
    lastAnswer: undefined,
    lastAttempt: undefined,
  };
}
