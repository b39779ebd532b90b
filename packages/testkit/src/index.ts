export { type SeededRandom, seededRandom } from "./seeded-random.ts";
export { type VirtualTime, virtualTime } from "./virtual-time.ts";
