import type { ApplicationId, KeyGroup, ProductId } from "./identifiers.ts";

/** A server-class host key also serves client products; a client-class one serves client products only (R§3.4). */
export type ProductClass = "client" | "server";

/** How a product may be activated: by a host with a setup key, or directly with a MAK. */
export type Channel = "volume" | "mak";

/** An edition (SKU) with its activation policy. Periods in seconds. */
export interface Product {
  readonly productId: ProductId;
  /** 16 bytes, a UUID. */
  readonly activationId: Uint8Array;
  readonly name: string;
  readonly description: string;
  readonly keyGroup: KeyGroup;
  readonly productClass: ProductClass;
  readonly generation: number;
  readonly channels: readonly Channel[];
  /** The n-policy: machines that must be counted before one is activated. */
  readonly requiredCount: number;
  readonly maxValidityS: number;
  readonly renewalS: number;
  readonly retryS: number;
  readonly initialGraceS: number;
  readonly additionalGraceS: number;
  readonly rearms: number;
  /** 9 bytes each: the 65 header bits, right-padded with zero bits. */
  readonly setupKeyIds: readonly Uint8Array[];
  /** The least host version that may serve it; "" = any. */
  readonly leastHostVersion: string;
}

/** The unit of counting. */
export interface Application {
  readonly applicationId: ApplicationId;
  readonly name: string;
  readonly products: readonly Product[];
}

/** The key groups a host key of `group` serves: its own and older generations, its class and below (R§3.4). */
export function coveredKeyGroups(application: Application, group: KeyGroup): readonly KeyGroup[] {
  const groups = byKeyGroup(application.products);
  const own = rankOf(groups.get(group) ?? []);
  const covered = [...groups].filter(([, products]) => {
    const { generation, server } = rankOf(products);
    return generation <= own.generation && (own.server || !server);
  });
  return [...new Set([group, ...covered.map(([keyGroup]) => keyGroup)])].sort((a, b) => a - b);
}

/** Not `Map.groupBy`: the rules run inside applications on Node 20, which has none. */
function byKeyGroup(products: readonly Product[]): ReadonlyMap<KeyGroup, readonly Product[]> {
  const groups = new Map<KeyGroup, Product[]>();
  for (const product of products) {
    const group = groups.get(product.keyGroup);
    if (group === undefined) groups.set(product.keyGroup, [product]);
    else group.push(product);
  }
  return groups;
}

/** True when `version` is at least `least`, both `major.minor.patch`; an empty `least` asks for nothing. */
export function isAtLeastVersion(version: string, least: string): boolean {
  const found = version.split(".").map(Number);
  for (const [i, wanted] of least.split(".").map(Number).entries()) {
    const part = found[i] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** A key group is as new and as high as the newest and highest of its products. */
function rankOf(products: readonly Product[]): { readonly generation: number; readonly server: boolean } {
  return {
    generation: Math.max(0, ...products.map((product) => product.generation)),
    server: products.some((product) => product.productClass === "server"),
  };
}
