import { generateKeyPairSync } from "node:crypto";
import { nodeCryptography, signerOf } from "@countersign/protocol/node";
import { keyedHashSigning } from "@countersign/testkit";
import type { Platform } from "../src/index.ts";

/** The tick queue is looked at when no promise can go on: cheaper than a turn of the loop, and nothing here waits for one. */
const settle = () => new Promise<void>((resolve) => process.nextTick(resolve));
const scrypt: Platform["scrypt"] = async (secret, salt) => nodeCryptography.hmacSha256(salt, secret);
const drawKey = () => signerOf(generateKeyPairSync("ed25519").privateKey);

/** Every signature real. */
export const REAL: Platform = { cryptography: nodeCryptography, scrypt, drawKey, settle };

/** One signature of each key in a hundred real. */
export function mostlyHashed(): Platform {
  const { cryptography, drawSigner } = keyedHashSigning({ cryptography: nodeCryptography, drawSigner: drawKey }, 100);
  return { cryptography, scrypt, drawKey: drawSigner, settle };
}
