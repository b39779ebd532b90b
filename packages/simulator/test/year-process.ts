// One year with all there is: seed and number of machines are the arguments. Prints one JSON line.
import { simulate, TROUBLED } from "../src/index.ts";
import { mostlyHashed } from "./platform.ts";

const [seed = 1, machines = 1000] = process.argv.slice(2).map(Number);
const shareOf = (percent: number) => Math.round((machines * percent) / 100);
const YEAR = {
  ...TROUBLED,
  ...{ seed, machines, days: 365, secondVendor: shareOf(10), clones: shareOf(2), retired: shareOf(5) },
  ...{ policyDays: [15, 45, 100, 200, 300], stormDays: [20, 120, 121, 250] },
};
const { exchanges, running, licensed, reidentified, restores, violations } = await simulate(YEAR, mostlyHashed());
// The threads that collect garbage meanwhile are counted too.
const { user, system } = process.cpuUsage();
const figures = {
  ...{ exchanges, licensed, running, reidentified, restores, violations },
  cpuSeconds: Math.round((user + system) / 1e5) / 10,
  rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
