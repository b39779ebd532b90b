import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { WantedPlace } from "@countersign/doctor/probes";
import { diskFacts } from "@countersign/host/main";
import type { TrustState } from "@countersign/protocol";
import type { Given, Shell } from "../command.ts";
import { DEFAULT_PORTS } from "../places.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** Where `host init` would make a host, with its default ports. */
export async function wantedPlace(
  here: Whereabouts,
  given: Given,
  shell: Shell,
  trusts: readonly TrustState[],
): Promise<WantedPlace> {
  const dataDirectory = await targetDirectory("host", given, shell);
  const { name, domain } = await here.machine();
  return {
    ...{ dataDirectory, isSetUp: await isSetUp("host", dataDirectory), trusts },
    disk: diskFacts(nearest(dataDirectory)),
    ports: [DEFAULT_PORTS.activation, DEFAULT_PORTS.hostHealth],
    fullName: name.includes(".") || domain === "" ? name : `${name}.${domain}`,
  };
}

/** The directory itself, or the nearest above it that there is: in it the rest would be made. */
function nearest(directory: string): string {
  const above = dirname(directory);
  return existsSync(directory) || above === directory ? directory : nearest(above);
}
