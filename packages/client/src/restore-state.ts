import {
  equalBytes,
  type LicenseInput,
  newLicenseRecord,
  openTrustedClock,
  type Refusal,
  refuse,
  toUuid,
} from "@countersign/domain";
import { publisherFloorMs, type TrustState, writeTrust } from "@countersign/protocol";
import type { LicensingPorts } from "./licensing-ports.ts";
import { drawIdentity } from "./machine-check.ts";
import type { MachineReading } from "./machine-identity.ts";
import type { ProductState, TrustedState } from "./trusted-state.ts";
import { decodeTrustedState } from "./trusted-state-codec.ts";
import type { LoadedStore } from "./trusted-store.ts";

/** What a store gave: a state to go on from, and what the licence must be told of its loss. */
export type RestoredState =
  | {
      readonly ok: true;
      readonly state: TrustedState;
      readonly isNew: boolean;
      readonly input: LicenseInput | undefined;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** The circumstances of an opening. */
export interface Opening {
  readonly ports: LicensingPorts;
  readonly trust: TrustState;
  readonly productId: number;
  readonly machine: MachineReading;
}

/** Goes on from what the store held, or begins anew: without initial grace when an earlier store is known of (protocol.md §9). */
export function restoreState(loaded: LoadedStore, opening: Opening): RestoredState {
  switch (loaded.kind) {
    case "found": {
      const state = decodeTrustedState(loaded.body);
      if (state === undefined)
        return begin(opening, { kind: "store-lost", rearmsUsed: loaded.marker?.rearmsUsed ?? 0 });
      return goOn(state, opening, loaded.marker?.rearmsUsed ?? 0);
    }
    case "absent":
      return begin(opening, loaded.marker && { kind: "store-lost", rearmsUsed: loaded.marker.rearmsUsed });
    case "damaged":
      return begin(opening, { kind: "store-lost", rearmsUsed: loaded.marker?.rearmsUsed ?? 0 });
    case "unusable":
      return begin(opening, undefined);
  }
}

function goOn(state: TrustedState, { trust, productId }: Opening, markedRearms: number): RestoredState {
  if (!equalBytes(state.publisherId, trust.publisherId)) {
    const expected = `a licence store of publisher ${toUuid(trust.publisherId)}`;
    return {
      ok: false,
      refusal: refuse("CONFIGURATION_INVALID", { expected, found: `one of ${toUuid(state.publisherId)}` }),
    };
  }
  // The counter stands in two places, so that an older copy of one of them gives no rearm back.
  const products = state.products.map((product) => ({
    ...product,
    license: { ...product.license, rearmsUsed: Math.max(product.license.rearmsUsed, markedRearms) },
  }));
  const isNew = !products.some((product) => product.productId === productId);
  const all = isNew ? [...products, newProduct(productId, markedRearms)] : products;
  return { ok: true, state: { ...state, products: all }, isNew, input: undefined };
}

function begin({ ports, trust, productId, machine }: Opening, input: LicenseInput | undefined): RestoredState {
  const { clock, cryptography } = ports;
  const reading = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), bootId: clock.bootId };
  const state: TrustedState = {
    generation: 0,
    publisherId: trust.publisherId,
    identity: drawIdentity(machine, cryptography),
    previous: undefined,
    pending: undefined,
    reidentifiedMs: [],
    clock: openTrustedClock(reading, publisherFloorMs(trust)),
    trust: writeTrust(trust),
    cachedHost: undefined,
    rearmed: false,
    products: [newProduct(productId, 0)],
  };
  return { ok: true, state, isNew: true, input };
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
  };
}
