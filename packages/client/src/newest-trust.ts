import type { Cryptography } from "@countersign/domain";
import { mergeTrust, openTrust, type ProtocolRefusal, type TrustState } from "@countersign/protocol";

/** Opens the embedded trust file. */
export async function embeddedTrust(
  bytes: Uint8Array,
  cryptography: Cryptography,
): Promise<
  { readonly ok: true; readonly trust: TrustState } | { readonly ok: false; readonly refusal: ProtocolRefusal }
> {
  const opened = await openTrust(bytes, cryptography);
  return opened.ok ? { ok: true, trust: opened.value } : opened;
}

/** The newest of each document, whether the SDK brought it or a host handed it over earlier: nothing goes back (I8). */
export async function newestTrust(
  embedded: TrustState,
  stored: Uint8Array,
  cryptography: Cryptography,
): Promise<TrustState> {
  const opened = await openTrust(stored, cryptography);
  if (!opened.ok) return embedded;
  const { rootSets, manifest, policies, revocationList } = opened.value;
  const merged = await mergeTrust(
    embedded,
    {
      rootSets: rootSets.map(({ document }) => document),
      manifest: manifest.document,
      policies: policies.map(({ document }) => document),
      revocationList: revocationList?.document,
    },
    cryptography,
  );
  return merged.ok ? merged.value : embedded;
}
