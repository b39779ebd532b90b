import { join } from "node:path";
import {
  type ClientClock,
  type LicensingPorts,
  type MachineIdentity,
  type OpenedLicensing,
  openLicensing,
} from "@countersign/client";
import {
  clientDirectory,
  defaultAgentPlaces,
  eventFile,
  httpTransport,
  keptHistory,
  openTrustedStoreFile,
  runSchedule,
  settingsFiles,
  settingsPlaces,
  systemClock,
  systemIdentity,
  systemResolver,
  trustPlace,
} from "@countersign/client/node";
import { RefusalError, refuse, SOFTWARE_VERSION, toHex } from "@countersign/domain";
import { openTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import type { AgentOptions, AgentPlaces, RunningAgent } from "./agent-options.ts";
import { Machine } from "./core/machine.ts";
import { reloading } from "./core/reloading.ts";
import { serviceLog } from "./core/service-log.ts";
import { type AgentSocket, listenOnBoth } from "./node/agent-sockets.ts";
import { readTrustDirectory, watchTrustDirectory } from "./node/trust-directory.ts";

/** The composition root of the agent: stores, clocks and sockets meet here. What stands in the way is a RefusalError. */
export async function startAgent(options: AgentOptions = {}): Promise<RunningAgent> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const sockets = options.sockets ?? placesOrThrow();
  const trustDirectory = options.trustDirectory ?? trustPlace();
  const stores = options.stores ?? clientDirectory("machine");
  const { stored, managed } = settingsPlaces(stores);
  const files = settingsFiles({ stored, managed: options.managed ?? managed });
  const clock: ClientClock = { ...systemClock(), ...options.clock };
  const identity = options.identity ?? systemIdentity();
  const { computerName: computer } = await identity.read();
  const service = serviceLog(eventFile(stores), { computer, wallMs: clock.wallMs });
  const machine = new Machine(
    async (trust) => {
      const opened = await openPublisher(trust, { options, stores, files, clock, identity });
      if (!opened.ok) service.cannotRenew(opened.refusal.reason);
      return opened;
    },
    files,
    (licensing) =>
      runSchedule(licensing, (fault) => {
        log(`a look at the licences failed: ${String(fault)}`);
        service.cannotRenew("INTERNAL_FAULT");
      }),
  );
  const readTrust = () => readTrustDirectory(trustDirectory);
  const { reload, problems } = reloading({ machine, readTrust, cryptography: nodeCryptography, log });
  const onFault = (fault: unknown) => log(`a request failed by a fault of ours: ${String(fault)}`);
  const unwatch = watchTrustDirectory(trustDirectory, () => void reload().catch(onFault));
  const history = keptHistory(stores);
  const parts = { machine, reload, problems, history, onFault, softwareVersion: SOFTWARE_VERSION };
  let ears: AgentSocket | undefined;
  const close = async () => {
    unwatch();
    await ears?.close();
    await machine.close();
  };
  try {
    await reload();
    ears = await listenOnBoth(sockets, parts, clock.monotonicMs);
  } catch (fault) {
    await close().catch(() => undefined);
    service.didNotStart(fault);
    throw fault;
  }
  service.started();
  log(`agent ready: ${machine.publishers().length} publishers, ${sockets.everybody}`);
  return { sockets, reload, stop: () => close().finally(service.stopped) };
}

interface Surroundings {
  readonly options: AgentOptions;
  readonly stores: string;
  readonly files: ReturnType<typeof settingsFiles>;
  readonly clock: ClientClock;
  readonly identity: MachineIdentity;
}

async function openPublisher(trust: Uint8Array, surroundings: Surroundings): Promise<OpenedLicensing> {
  const { options, stores, files, clock, identity: machine } = surroundings;
  const opened = await openTrust(trust, nodeCryptography);
  if (!opened.ok) return { ok: false, refusal: refuse(opened.refusal.reason, { detail: opened.refusal.detail }) };
  const publisherId = toHex(opened.value.publisherId);
  const directory = join(stores, publisherId);
  const anchor = (await machine.read()).components.find(({ kind }) => kind === "osInstallId")?.value ?? "";
  const store = await openTrustedStoreFile({ directory, bootId: clock.bootId, anchor });
  const ports: LicensingPorts = {
    ...{ store, machine, clock, cryptography: nodeCryptography, fraction: Math.random },
    ...{ transport: options.transport ?? httpTransport(), resolver: options.resolver ?? systemResolver() },
    events: eventFile(directory),
  };
  const [sdk, readSettings] = [`agent/${SOFTWARE_VERSION}`, () => files.read(publisherId)] as const;
  const licensing = await openLicensing(ports, { trust, ephemeral: false, sdk, readSettings });
  if (!licensing.ok) await store.close();
  return licensing;
}

function placesOrThrow(): AgentPlaces {
  const places = defaultAgentPlaces();
  if (places !== undefined) return places;
  const expected = "COUNTERSIGN_AGENT to name the directory of the sockets";
  throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: "off" }));
}
