import type { PublisherId } from "@countersign/domain";
import type { SignedDocument } from "../gen/countersign/v1/documents_pb.ts";
import type { KeyManifest, ProductPolicy, RevocationList, RootSet, TrustSetupKey } from "./document-values.ts";

/** A document and what it says, once verified. */
export interface Verified<T> {
  readonly document: SignedDocument;
  readonly value: T;
}

/** Everything one side knows of a publisher, all of it verified down from its first root set. */
export interface TrustState {
  readonly publisherId: PublisherId;
  readonly publisherName: string;
  /** Ascending, from version 1; the last one is in force. */
  readonly rootSets: readonly Verified<RootSet>[];
  readonly manifest: Verified<KeyManifest>;
  readonly policies: readonly Verified<ProductPolicy>[];
  readonly revocationList: Verified<RevocationList> | undefined;
  readonly setupKeys: readonly TrustSetupKey[];
  readonly serviceUrl: string;
}

/** Documents that arrived, any of them. */
export interface ReceivedDocuments {
  readonly rootSets?: readonly SignedDocument[];
  readonly manifest?: SignedDocument | undefined;
  readonly policies?: readonly SignedDocument[];
  readonly revocationList?: SignedDocument | undefined;
}
