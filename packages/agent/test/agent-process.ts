// A real agent in a process of its own: `node agent-process.ts DIRECTORY SEED`. Its ready line goes to standard output.
import { join } from "node:path";
import { agentPlacesIn, fixedIdentity } from "@countersign/client/node";
import { RefusalError } from "@countersign/domain";
import { startAgent } from "../src/index.ts";

const [directory = "", seed = ""] = process.argv.slice(2);

try {
  const starting = startAgent({
    trustDirectory: join(directory, "trust.d"),
    stores: join(directory, "client"),
    managed: join(directory, "managed.json"),
    sockets: agentPlacesIn(join(directory, "run")),
    identity: fixedIdentity(seed, seed),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  // Before it is ready: whoever reads the ready line may send a signal at once.
  process.once("SIGTERM", () => starting.then((agent) => agent.stop()).then(() => process.exit(0)));
  process.once("SIGHUP", () => void starting.then((agent) => agent.reload()));
  await starting;
} catch (fault) {
  const said = fault instanceof RefusalError ? fault.refusal.reason : String(fault);
  process.stdout.write(`not started: ${said}\n`);
  process.exitCode = 1;
}
