export { keyringWithExternalSigners, type OpenedKeyring, openKeyringWith } from "./external-keyring.ts";
export { type ExternalSigners, openExternalSigners } from "./external-signers.ts";
export type { SignerCommand } from "./signer-process.ts";
