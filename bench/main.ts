// `npm run bench`: the real host process on SQLite over loopback, driven by wrk, beside a bare node:http echo of the same
// answer size and the storage engine's own ceiling for the same rows, in the same run. See README.md in this folder.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./measure.ts";
import { parseOptions, USAGE } from "./options.ts";
import { figuresOf, print } from "./report.ts";
import { hasWrk } from "./wrk-load.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes("--help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (argv[0] === "events") return (await import("./events.ts")).benchEvents(argv.slice(1));
  const parsed = parseOptions(argv);
  if (!parsed.ok) {
    process.stderr.write(`${parsed.fault}\n${USAGE}`);
    return 2;
  }
  if (!hasWrk()) {
    process.stderr.write("expected wrk to drive the load, found none\n  hint: apt-get install wrk\n");
    return 1;
  }
  const directory = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  try {
    const figures = figuresOf(await measure(directory, parsed.options, progress), parsed.options);
    process.stdout.write(print(figures, parsed.options.output));
    return figures.errors === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** For a person who waits; stdout belongs to the figures. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
