export { type KeyedHashSigning, keyedHashSigning } from "./keyed-hash-signing.ts";
export { type SeededRandom, seededRandom } from "./seeded-random.ts";
export { type VirtualTime, virtualTime } from "./virtual-time.ts";
