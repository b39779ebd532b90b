import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HostFacts, ProblemFacts } from "@countersign/doctor";
import {
  effectiveHostSettings,
  type HostSettingLayer,
  RefusalError,
  type refuse,
  SOFTWARE_VERSION,
} from "@countersign/domain";
import { settingsFacts } from "../../core/facts/settings-facts.ts";
import { namedFault } from "../../http/connect-errors.ts";
import { type ConfigurationSources, readHostConfiguration } from "../host-configuration.ts";
import type { HostConfiguration } from "../host-options.ts";
import { factsOver, hasListener, runningFacts } from "./ask-running.ts";
import { configurationFacts, isWritable } from "./file-facts.ts";
import { lookAround } from "./surroundings.ts";

const STORE = "host.db";

/**
 * What is known of the host on that directory, whatever state it is in: the running service tells, else its store, else
 * its files. Changes nothing. Who may not look is told what anybody may see (`from: "answer"`). undefined: no host was ever set up there.
 */
export async function hostFactsOf(
  dataDirectory: string,
  sources: ConfigurationSources,
): Promise<HostFacts | undefined> {
  if (await hasListener(dataDirectory)) {
    const told = await runningFacts(dataDirectory);
    if (told !== undefined) return told;
    return { ...(await factsOfFiles(dataDirectory, sources, {})), isRunning: true, from: "answer" };
  }
  const configuration = await configurationFacts(sources);
  const isSetUp = [STORE, "keys"].some((name) => existsSync(join(dataDirectory, name)));
  if (!isSetUp && configuration === undefined) return undefined;
  const read = await readOrRefused(sources);
  const problems = { ...(read.refused === undefined ? {} : { startFailure: read.refused }) };
  const told = await storedFacts(dataDirectory, read.configuration);
  if ("store" in told && told.store.reason === "NOT_AUTHORISED")
    return { ...(await factsOfFiles(dataDirectory, sources, {})), from: "answer" };
  if ("store" in told) return factsOfFiles(dataDirectory, sources, { ...problems, store: told.store });
  const store = unwritable(dataDirectory);
  return {
    ...told.facts,
    ...problems,
    ...(configuration === undefined ? {} : { configuration }),
    ...(store === undefined ? {} : { store }),
  };
}

/** A configuration that is none does not keep the store from being looked at. */
async function readOrRefused(
  sources: ConfigurationSources,
): Promise<{ readonly configuration: HostConfiguration; readonly refused?: ProblemFacts }> {
  try {
    return { configuration: (await readHostConfiguration(sources)).configuration };
  } catch (fault) {
    if (!(fault instanceof RefusalError)) throw fault;
    return { configuration: {}, refused: problemOf(fault.refusal) };
  }
}

async function storedFacts(
  dataDirectory: string,
  configuration: HostConfiguration,
): Promise<{ readonly facts: HostFacts } | { readonly store: ProblemFacts }> {
  if (!existsSync(join(dataDirectory, STORE))) {
    const detail = `${join(dataDirectory, STORE)}: not there`;
    return { store: { reason: "STORE_MISSING", detail } };
  }
  try {
    const { lookAtHost } = await import("../reading/main.ts");
    const looked = await lookAtHost({ ...configuration, dataDirectory });
    try {
      return { facts: await factsOver(looked.transport) };
    } finally {
      await looked.close();
    }
  } catch (fault) {
    const refusal = namedFault(fault);
    if (refusal === undefined) throw fault;
    return { store: problemOf(refusal) };
  }
}

/** A store that a start could not write, though it can be read. */
function unwritable(dataDirectory: string): ProblemFacts | undefined {
  const closed = [dataDirectory, join(dataDirectory, STORE)].find((path) => !isWritable(path));
  return closed === undefined ? undefined : { reason: "STORE_UNAVAILABLE", detail: `read-only: ${closed}` };
}

/** What the files alone say. */
async function factsOfFiles(
  dataDirectory: string,
  sources: ConfigurationSources,
  problems: Pick<HostFacts, "store" | "startFailure">,
): Promise<HostFacts> {
  const layers: readonly HostSettingLayer[] = await readHostConfiguration(sources).then(
    ({ configuration }) => configuration.settingLayers ?? [],
    () => [],
  );
  const configuration = await configurationFacts(sources);
  const startFailure = problems.startFailure ?? problems.store;
  return {
    from: "store",
    ...(await lookAround({ dataDirectory, wallMs: Date.now })),
    dataDirectory,
    ...problems,
    ...(startFailure === undefined ? {} : { startFailure }),
    ...(configuration === undefined ? {} : { configuration }),
    settings: settingsFacts(effectiveHostSettings(layers), layers),
    softwareVersion: SOFTWARE_VERSION,
    ...{ hostId: "", instanceId: "", seats: [], events: [], contacts: [], machines: [], dropped: [] },
  };
}

function problemOf({ reason, message, params }: ReturnType<typeof refuse>): ProblemFacts {
  return { reason, detail: params["detail"] ?? message };
}
