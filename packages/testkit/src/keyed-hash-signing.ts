import { type Cryptography, equalBytes, type Signer, toHex } from "@countersign/domain";

/** What signs and what checks, made for each other. */
export interface KeyedHashSigning {
  readonly cryptography: Cryptography;
  readonly drawSigner: () => Signer;
}

const MARK = new Uint8Array(32);

/**
 * A stand-in for signatures where their cost is in the way: each key's signature number `realOneIn`, 2 x `realOneIn` and so
 * on is a real one, the others are HMAC-SHA256 under a secret that signer and checker share in this process, behind 32 zero bytes.
 *
 * It proves nothing to anybody else. It still refuses every bent bit, other key and other message, so a simulation that
 * passes with it says of the protocol's course what it would say with signatures, and of signatures as much as its real ones.
 */
export function keyedHashSigning(
  real: { readonly cryptography: Cryptography; readonly drawSigner: () => Signer },
  realOneIn: number,
): KeyedHashSigning {
  const { hmacSha256, verify, random } = real.cryptography;
  const secrets = new Map<string, Uint8Array>();
  const hashOf = (secret: Uint8Array, message: Uint8Array) => {
    const signature = new Uint8Array(64);
    signature.set(hmacSha256(secret, message), MARK.length);
    return signature;
  };
  return {
    cryptography: {
      ...real.cryptography,
      verify: async (algorithm, publicKey, message, signature) => {
        const isHash = signature.length === 64 && equalBytes(signature.subarray(0, MARK.length), MARK);
        if (!isHash) return verify(algorithm, publicKey, message, signature);
        const secret = secrets.get(toHex(publicKey));
        return secret !== undefined && equalBytes(signature, hashOf(secret, message));
      },
    },
    drawSigner: () => {
      const signer = real.drawSigner();
      const secret = random(32);
      secrets.set(toHex(signer.publicKey), secret);
      let signed = 0;
      return {
        ...signer,
        sign: async (message) => (++signed % realOneIn === 0 ? signer.sign(message) : hashOf(secret, message)),
      };
    },
  };
}
