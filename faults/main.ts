// `npm run -s faults -- [-o json] [IDS…]`: does each fault to a real site and compares what the doctor says.
import { parseArgs } from "node:util";
import { withoutBind, withoutNamespaces } from "@countersign/testkit/node";
import { FAULTS } from "./catalogue.ts";
import { HEALTHY_SITES, runSite } from "./healthy-sites.ts";
import { MORE_FAULTS } from "./more-faults.ts";
import { faultLine, isAllRight, sentence, siteLine } from "./report.ts";
import { runFault } from "./run-fault.ts";
import { openSite } from "./site.ts";

const { values, positionals } = parseArgs({
  options: { output: { type: "string", short: "o" } },
  allowPositionals: true,
});
const ids = [...FAULTS, ...MORE_FAULTS].map(({ id }) => id);
const unknown = positionals.filter((id) => !ids.includes(id) && HEALTHY_SITES[id] === undefined);
const missing = withoutNamespaces || withoutBind;
if (unknown.length > 0) stop(`expected ids of faults or of healthy sites, found ${unknown.join(", ")}`);
if (values.output !== undefined && values.output !== "json") stop(`expected -o json, found ${values.output}`);
if (missing !== false) stop(missing);

const isWanted = (id: string) => positionals.length === 0 || positionals.includes(id);
const isJson = values.output === "json";
const site = await openSite();
try {
  const report = { faults: [], sites: [] } as {
    faults: Awaited<ReturnType<typeof runFault>>[];
    sites: Awaited<ReturnType<typeof runSite>>[];
  };
  for (const fault of [...FAULTS, ...MORE_FAULTS].filter(({ id }) => isWanted(id))) {
    const result = await runFault(site, fault);
    report.faults.push(result);
    process.stderr.write(`${faultLine(result)}\n`);
  }
  for (const id of Object.keys(HEALTHY_SITES).filter(isWanted)) {
    const result = await runSite(site, id);
    report.sites.push(result);
    process.stderr.write(`${siteLine(result)}\n`);
  }
  process.stdout.write(
    isJson ? `${JSON.stringify({ sentence: sentence(report), ...report }, undefined, 2)}\n` : `${sentence(report)}\n`,
  );
  process.exitCode = isAllRight(report) ? 0 : 1;
} finally {
  await site.stopAll();
  await site.close();
}

function stop(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}
