import { join } from "node:path";
import { type ClientClock, type LicensingPorts, type OpenedLicensing, openLicensing } from "@countersign/client";
import {
  clientDirectory,
  defaultAgentPlaces,
  eventFile,
  httpTransport,
  openTrustedStoreFile,
  runSchedule,
  type SettingsPlaces,
  settingsFiles,
  settingsPlaces,
  systemClock,
  systemIdentity,
  trustPlace,
} from "@countersign/client/node";
import { type Refusal, RefusalError, refuse, SOFTWARE_VERSION, toHex } from "@countersign/domain";
import { openTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import type { AgentOptions, AgentPlaces, RunningAgent } from "./agent-options.ts";
import { Machine } from "./core/machine.ts";
import type { AgentParts } from "./core/methods.ts";
import { takeTrustFiles } from "./core/take-trust.ts";
import { type AgentSocket, listenForPeers } from "./node/agent-sockets.ts";
import { readTrustDirectory, watchTrustDirectory } from "./node/trust-directory.ts";

/** The composition root of the agent: stores, clocks and sockets meet here. What stands in the way is a RefusalError. */
export async function startAgent(options: AgentOptions = {}): Promise<RunningAgent> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const sockets = options.sockets ?? placesOrThrow();
  const trustDirectory = options.trustDirectory ?? trustPlace();
  const stores = options.stores ?? clientDirectory("machine");
  const places: SettingsPlaces = settingsPlaces(stores);
  const files = settingsFiles({ ...places, managed: options.managed ?? places.managed });
  const machine = new Machine(
    (trust) => openPublisher(trust, { options, stores, files }),
    files,
    (licensing) => runSchedule(licensing, (fault) => log(`a look at the licences failed: ${String(fault)}`)),
  );
  let problems: readonly Refusal[] = [];
  const reload = async () => {
    const found = await takeTrustFiles(machine, await readTrustDirectory(trustDirectory), nodeCryptography);
    await machine.readSettings();
    problems = [...found, ...files.problems()];
    for (const { message } of problems) log(message);
    return problems;
  };
  const parts: AgentParts = { machine, reload, problems: () => problems };
  const onFault = (fault: unknown) => log(`a request failed by a fault of ours: ${String(fault)}`);
  const ears: AgentSocket[] = [];
  const unwatch = watchTrustDirectory(trustDirectory, () => void reload().catch(onFault));
  const stop = async () => {
    unwatch();
    for (const ear of ears.splice(0)) await ear.close();
    await machine.close();
  };
  try {
    await reload();
    const whole = { ...parts, onFault, softwareVersion: SOFTWARE_VERSION };
    ears.push(await listenForPeers({ path: sockets.root, mode: 0o600 }, { ...whole, access: "root" }));
    ears.push(await listenForPeers({ path: sockets.everybody, mode: 0o666 }, { ...whole, access: "everybody" }));
  } catch (fault) {
    await stop().catch(() => undefined);
    throw fault;
  }
  log(`agent ready: ${machine.publishers().length} publishers, ${sockets.everybody}`);
  return { sockets, reload, stop };
}

interface Surroundings {
  readonly options: AgentOptions;
  readonly stores: string;
  readonly files: ReturnType<typeof settingsFiles>;
}

async function openPublisher(trust: Uint8Array, { options, stores, files }: Surroundings): Promise<OpenedLicensing> {
  const opened = await openTrust(trust, nodeCryptography);
  if (!opened.ok) return { ok: false, refusal: refuse(opened.refusal.reason, { detail: opened.refusal.detail }) };
  const publisherId = toHex(opened.value.publisherId);
  const directory = join(stores, publisherId);
  const clock: ClientClock = { ...systemClock(), ...options.clock };
  const machine = options.identity ?? systemIdentity();
  const anchor = (await machine.read()).components.find(({ kind }) => kind === "osInstallId")?.value ?? "";
  const store = await openTrustedStoreFile({ directory, bootId: clock.bootId, anchor });
  const ports: LicensingPorts = {
    ...{ store, machine, clock, cryptography: nodeCryptography, fraction: Math.random },
    ...{ transport: options.transport ?? httpTransport(), events: eventFile(directory) },
  };
  const readSettings = () => files.read(publisherId);
  const licensing = await openLicensing(ports, {
    trust,
    ephemeral: false,
    sdk: `agent/${SOFTWARE_VERSION}`,
    readSettings,
  });
  if (!licensing.ok) await store.close();
  return licensing;
}

function placesOrThrow(): AgentPlaces {
  const places = defaultAgentPlaces();
  if (places !== undefined) return places;
  const expected = "COUNTERSIGN_AGENT to name the directory of the sockets";
  throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: "off" }));
}
