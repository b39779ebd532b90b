import { type Cryptography, equalBytes } from "@countersign/domain";
import { mergeTrust, openTrust, type ProtocolRefusal, type TrustState, writeTrust } from "@countersign/protocol";

/**
 * What verified is known again by the identity of its bytes and of what checked it: a process that may only look opens the
 * store, and with it the trust file, at each look (docs/decisions/0035). Nothing here is ever changed in place.
 */
const opened = new WeakMap<Cryptography["verify"], WeakMap<Uint8Array, TrustState>>();

/** The last store that was merged into a trust file, for the same reason. */
const merged = new WeakMap<TrustState, { readonly stored: Uint8Array; readonly trust: TrustState }>();

/** As the store keeps it. */
const written = new WeakMap<TrustState, Uint8Array>();

/** Opens the embedded trust file. */
export async function embeddedTrust(
  bytes: Uint8Array,
  cryptography: Cryptography,
): Promise<
  { readonly ok: true; readonly trust: TrustState } | { readonly ok: false; readonly refusal: ProtocolRefusal }
> {
  const known = opened.get(cryptography.verify) ?? new WeakMap<Uint8Array, TrustState>();
  opened.set(cryptography.verify, known);
  const before = known.get(bytes);
  if (before !== undefined) return { ok: true, trust: before };
  const trust = await openTrust(bytes, cryptography);
  if (!trust.ok) return trust;
  known.set(bytes, trust.value);
  return { ok: true, trust: trust.value };
}

/** The bytes to keep of a trust. */
export function storedTrust(trust: TrustState): Uint8Array {
  const bytes = written.get(trust) ?? writeTrust(trust);
  written.set(trust, bytes);
  return bytes;
}

/** The newest of each document, whether the SDK brought it or a host handed it over earlier: nothing goes back (I8). */
export async function newestTrust(
  embedded: TrustState,
  stored: Uint8Array,
  cryptography: Cryptography,
): Promise<TrustState> {
  const before = merged.get(embedded);
  if (before !== undefined && equalBytes(before.stored, stored)) return before.trust;
  const trust = await mergeStored(embedded, stored, cryptography);
  merged.set(embedded, { stored, trust });
  return trust;
}

async function mergeStored(embedded: TrustState, stored: Uint8Array, cryptography: Cryptography): Promise<TrustState> {
  const trust = await openTrust(stored, cryptography);
  if (!trust.ok) return embedded;
  const { rootSets, manifest, policies, revocationList } = trust.value;
  const outcome = await mergeTrust(
    embedded,
    {
      rootSets: rootSets.map(({ document }) => document),
      manifest: manifest.document,
      policies: policies.map(({ document }) => document),
      revocationList: revocationList?.document,
    },
    cryptography,
  );
  return outcome.ok ? outcome.value : embedded;
}
