import { type LicenceFacts, RefusalError } from "@countersign/domain";
import { refusalReport, refused } from "../refusal-report.ts";
import { done, type Outcome } from "./outcome.ts";
import { chosen, licencesOf } from "./show.ts";
import type { Sides } from "./sides.ts";

const COST =
  "--as-host installs it all the same: this machine then counts as one of the hosts the key may have, and other machines ask it";

/** `/ipk`: on whichever side the key is of. A machine that is a client becomes a host only when told so. */
export async function installKey({ host, client }: Sides, text: string, asHost: boolean): Promise<Outcome> {
  if (client !== undefined && !asHost) {
    try {
      return installed(await client((side) => side.installKey(text)));
    } catch (error) {
      if (!isHostKeyForClient(error)) throw error;
      const { hints, ...report } = refusalReport(error.refusal);
      const failure = { ...report, hints: [COST, ...hints] };
      return {
        lines: [],
        json: { ok: false, reason: report.reason, message: report.message },
        rows: [],
        short: report.reason,
        failure,
      };
    }
  }
  if (host === undefined) throw refused("STORE_MISSING", { role: "host" });
  const { publisher, partialKey } = await host((side) => side.installKey(text));
  return installed({ name: publisher, partialKey });
}

function installed({ name, partialKey }: { readonly name: string; readonly partialKey: string }): Outcome {
  const masked = `${"*****-".repeat(4)}${partialKey}`;
  return done(`Installed product key ${masked} of ${name} successfully.`, { name, partialKey });
}

function isHostKeyForClient(error: unknown): error is RefusalError {
  return (
    error instanceof RefusalError &&
    error.refusal.reason === "KEY_WRONG_KIND" &&
    error.refusal.params["found"] === "host key"
  );
}

/** `/upk`: the one key there is, or the one that is named. */
export async function removeKey(sides: Sides, id: string, asHost: boolean): Promise<Outcome> {
  const licences = await licencesOf(sides);
  const keyed = (facts: readonly LicenceFacts[]) => facts.filter(({ product }) => product.partialKey !== "");
  const [onHost, onClient] = [keyed(licences.host), asHost ? [] : keyed(licences.client)];
  const found = chosen([...onClient, ...onHost], id);
  const [first, second] = found;
  if (first === undefined) throw refused("KEY_NOT_INSTALLED");
  if (id === "" && second !== undefined) {
    const expected = `/upk with the activation id of one of ${found.length} products that have a key here`;
    throw refused("USAGE_INVALID", { expected, found: "none" });
  }
  const { activationId, name, partialKey } = first.product;
  if (onClient.includes(first)) await sides.client?.((side) => side.removeKey(activationId));
  else await sides.host?.((side) => side.removeKey());
  return done(`Uninstalled product key ${"*****-".repeat(4)}${partialKey} of ${name} successfully.`, {
    name,
    partialKey,
  });
}
