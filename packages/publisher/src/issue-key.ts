import {
  coveredKeyGroups,
  formatProductKey,
  type KeyGroup,
  type ProductKey,
  partialKey,
  productKeyHeader,
  publisherMask,
  RefusalError,
  refuse,
  secretKeyTag,
  setupKeyTag,
  setupKid,
} from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import type { IssuedKeyRow } from "@countersign/storage";
import { applicationsOf, productsOf } from "./define-product.ts";
import { logIssuance } from "./issuance-log.ts";
import { KEY_NAME, type PublisherParts } from "./publisher-parts.ts";
import { loadPublisher, savePublisher } from "./publisher-trust.ts";

const THREE_YEARS_S = 3 * 365 * 86_400;

/** What a host key is issued for; what is left out takes the documented limits: 6 hosts, 1 + 9 activations each. */
export interface NewHostKey
  extends Partial<
    Pick<
      IssuedKeyRow,
      "customerId" | "maxHosts" | "activationsPerHost" | "siteRequired" | "seats" | "flags" | "certificateLifeS"
    >
  > {
  readonly keyGroup: number;
}

/** A key in full, to be shown once, and what the store remembers of it. */
export interface IssuedKey {
  readonly productKey: string;
  readonly row: IssuedKeyRow;
}

/** Issues a host key for a key group: secret, recomputable from the epoch secret, never stored. */
export async function issueHostKey(wanted: NewHostKey, parts: PublisherParts): Promise<IssuedKey> {
  const { cryptography, keyring, store } = parts;
  const epoch = await keyring.secret(KEY_NAME.epoch);
  return store.transact(async (unit) => {
    const { trust } = await loadPublisher(unit, parts);
    checkWanted(wanted, trust);
    const kid = cryptography.random(5);
    const productKey = hostKeyOf({ kid, keyGroup: wanted.keyGroup }, trust, { epoch, parts });
    const row = rowOf({ kind: "host", productId: 0, ...wanted, kid, lastFive: partialKey(productKey) }, parts);
    await unit.saveKey(row);
    await logIssuance(unit, { kind: "host-key", payload: kid, timeMs: row.issuedMs }, cryptography.sha256);
    return { productKey, row };
  });
}

/** Issues (or shows again: it is public) the setup key of a product, and puts it into the trust file. */
export async function issueSetupKey(productId: number, parts: PublisherParts): Promise<IssuedKey> {
  return parts.store.transact(async (unit) => {
    const { row: publisher, trust } = await loadPublisher(unit, parts);
    const product = productsOf(trust).find((known) => known.productId === productId);
    if (product === undefined) throw new RefusalError(refuse("NOT_FOUND", { what: "product", name: productId }));
    const kid = setupKid(productId);
    const header = productKeyHeader({ kind: "setup", group: product.keyGroup, kid });
    const tag = setupKeyTag(header, trust.publisherId, parts.cryptography.sha256);
    const productKey = formatted({ kind: "setup", group: product.keyGroup, kid, tag }, trust, parts);
    const known = await unit.key(kid);
    if (known !== undefined) return { productKey, row: known };
    const row = rowOf(
      { kind: "setup", productId, keyGroup: product.keyGroup, kid, lastFive: partialKey(productKey) },
      parts,
    );
    await unit.saveKey(row);
    const setupKeys = [...trust.setupKeys, { productId, setupKey: productKey }];
    await savePublisher(unit, publisher, { trust: { ...trust, setupKeys }, parts });
    return { productKey, row };
  });
}

/** The host key of a kid, computed again: how a key proof is checked. */
export function hostKeyOf(
  { kid, keyGroup }: Pick<IssuedKeyRow, "kid" | "keyGroup">,
  trust: TrustState,
  { epoch, parts }: { readonly epoch: Uint8Array; readonly parts: PublisherParts },
): string {
  const header = productKeyHeader({ kind: "host", group: keyGroup, kid });
  const tag = secretKeyTag(header, epoch, parts.cryptography.hmacSha256);
  return formatted({ kind: "host", group: keyGroup, kid, tag }, trust, parts);
}

function formatted(key: ProductKey, trust: TrustState, { cryptography }: PublisherParts): string {
  return formatProductKey(key, publisherMask(trust.publisherId, cryptography.sha256));
}

/** What a certificate could not carry, or would carry in vain, is refused while somebody reads the answer. */
function checkWanted({ keyGroup, customerId, siteRequired = [], seats = [] }: NewHostKey, trust: TrustState): void {
  const application = applicationsOf(trust).find(({ products }) =>
    products.some((product) => product.keyGroup === keyGroup),
  );
  if (application === undefined) throw new RefusalError(refuse("NOT_FOUND", { what: "key group", name: keyGroup }));
  const covered: readonly number[] = coveredKeyGroups(application, keyGroup as KeyGroup);
  const site = siteRequired.find((asked) => asked.requiredCount < 1 || !covered.includes(asked.keyGroup));
  if (site !== undefined)
    throw usage(`a site grant for key groups ${covered}, at least 1`, `${site.requiredCount} for ${site.keyGroup}`);
  if (seats.some(({ applicationId }) => applicationId.length !== 16))
    throw usage("an application id of 16 bytes", "another length");
  if (customerId !== undefined && customerId.length !== 16)
    throw usage("a customer id of 16 bytes", `${customerId.length}`);
}

function usage(expected: string, found: string): RefusalError {
  return new RefusalError(refuse("USAGE_INVALID", { expected, found }));
}

function rowOf(
  given: Partial<IssuedKeyRow> & Pick<IssuedKeyRow, "kind" | "kid" | "keyGroup" | "productId" | "lastFive">,
  parts: PublisherParts,
): IssuedKeyRow {
  return {
    maxHosts: 6,
    activationsPerHost: 10,
    siteRequired: [],
    seats: [],
    flags: 0,
    certificateLifeS: THREE_YEARS_S,
    customerId: parts.cryptography.random(16),
    revokedMs: undefined,
    ...given,
    issuedMs: parts.now(),
  };
}
