// One year of 1,000 machines with all there is, from the seed in the first argument. Prints one JSON line.
import { simulate, TROUBLED } from "../src/index.ts";
import { mostlyHashed } from "./platform.ts";

const YEAR = {
  ...TROUBLED,
  ...{ seed: Number(process.argv[2]), machines: 1000, days: 365, secondVendor: 100, clones: 20, retired: 50 },
  ...{ policyDays: [15, 45, 100, 200, 300], stormDays: [20, 120, 121, 250] },
};
const startedMs = performance.now();
const { exchanges, running, licensed, reidentified, restores, violations } = await simulate(YEAR, mostlyHashed());
const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
const rssMiB = Math.round(process.memoryUsage().rss / 2 ** 20);
process.stdout.write(
  `${JSON.stringify({ exchanges, licensed, running, reidentified, restores, violations, seconds, rssMiB })}\n`,
);
