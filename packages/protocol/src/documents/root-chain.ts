import { type Cryptography, equalBytes, type PublisherId } from "@countersign/domain";
import type { SignedDocument } from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import type { KeyManifest, RootSet } from "./document-values.ts";
import { documentProblem, verifyDocument } from "./envelope.ts";
import { publisherIdOf, readKeyManifest, readRootSet } from "./root-and-manifest.ts";
import type { Verified } from "./trust-values.ts";

/** Root-set version 1 signs itself: whoever gave the file vouches for it. */
export async function firstRootSet(document: SignedDocument | undefined, cryptography: Cryptography) {
  if (document === undefined) return refuse("ROOT_CHAIN_BROKEN", "expected a root set, found none", "root_sets");
  const problem = documentProblem("rootSet", document);
  if (problem !== undefined) return problem;
  const claimed = readRootSet(document.payload, cryptography.sha256);
  if (!claimed.ok) return claimed;
  if (claimed.value.version !== 1)
    return refuse("ROOT_CHAIN_BROKEN", `expected version 1 first, found ${claimed.value.version}`);
  const payload = await verifyDocument("rootSet", document, claimed.value, cryptography);
  if (!payload.ok) return payload;
  const publisherId = publisherIdOf(payload.value, cryptography.sha256);
  const root: Verified<RootSet> = { document, value: claimed.value };
  return accept({ publisherId, root });
}

/** v(N+1) is signed by the threshold of N and of N+1; versions known already are passed over (§3.2). */
export async function extendRoots(
  known: readonly Verified<RootSet>[],
  received: readonly SignedDocument[],
  cryptography: Cryptography,
): Promise<Outcome<readonly Verified<RootSet>[]>> {
  const chain = [...known];
  for (const document of received) {
    const current = chain.at(-1);
    const problem = documentProblem("rootSet", document);
    if (problem !== undefined) return problem;
    const claimed = readRootSet(document.payload, cryptography.sha256);
    if (!claimed.ok) return claimed;
    if (current === undefined || claimed.value.version <= current.value.version) continue;
    if (claimed.value.version !== current.value.version + 1) {
      return refuse(
        "ROOT_CHAIN_BROKEN",
        `expected root-set version ${current.value.version + 1}, found ${claimed.value.version}`,
      );
    }
    for (const signers of [current.value, claimed.value]) {
      const payload = await verifyDocument("rootSet", document, signers, cryptography);
      if (!payload.ok) return refuse("ROOT_CHAIN_BROKEN", payload.refusal.detail);
    }
    chain.push({ document, value: claimed.value });
  }
  return accept(chain);
}

/** Under the threshold of the newest root set, and of this publisher. */
export async function verifyManifest(
  document: SignedDocument,
  rootSets: readonly Verified<RootSet>[],
  publisherId: PublisherId,
  cryptography: Cryptography,
): Promise<Outcome<Verified<KeyManifest>>> {
  const root = rootSets.at(-1);
  if (root === undefined) return refuse("ROOT_CHAIN_BROKEN", "expected a root set");
  const payload = await verifyDocument("keyManifest", document, root.value, cryptography);
  if (!payload.ok) return payload;
  const read = readKeyManifest(payload.value, cryptography.sha256);
  if (!read.ok) return read;
  if (!equalBytes(read.value.publisherId, publisherId))
    return refuse("DOCUMENT_FOREIGN", "the manifest is of another publisher", "publisher_id");
  return accept({ document, value: read.value });
}
