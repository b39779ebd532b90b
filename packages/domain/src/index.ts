export type { Cryptography, HmacSha256, RandomBytes, Sha256, Signer, VerifySignature } from "./cryptography.ts";
export { ED25519 } from "./cryptography.ts";
export type {
  ApplicationId,
  Brand,
  HostId,
  InstanceId,
  KeyGroup,
  ProductId,
  PublisherId,
} from "./identifiers.ts";
export { concatBytes, equalBytes, fromHex, fromUuid, isZero, toHex, toUuid } from "./identifiers.ts";
