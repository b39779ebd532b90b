import type { HostSettingLayer } from "@countersign/domain";
import type { Surroundings } from "../../core/facts/surroundings.ts";
import type { TlsFiles } from "../host-options.ts";
import { configurationFacts, diskFacts, openKeyFiles } from "./file-facts.ts";
import { machineFacts } from "./machine-facts.ts";

/** A host as its process knows it. */
export interface PlacedHost {
  readonly dataDirectory: string;
  readonly wallMs: () => number;
  readonly settingLayers?: readonly HostSettingLayer[] | undefined;
  readonly tls?: TlsFiles | undefined;
  /** undefined: it takes no requests. */
  readonly listening?: (() => { readonly address: string; readonly port: number } | undefined) | undefined;
}

/** Looks at machine, disk and files anew each time: they change while a host runs. */
export async function lookAround(host: PlacedHost): Promise<Surroundings> {
  const { dataDirectory, settingLayers = [], tls } = host;
  const listening = host.listening?.();
  const disk = diskFacts(dataDirectory);
  const file = settingLayers.find(({ source }) => source === "file")?.place ?? "";
  const sources = { env: {}, configFile: file, platform: process.platform };
  const configuration = file === "" ? undefined : await configurationFacts(sources);
  return {
    isRunning: listening !== undefined,
    machine: await machineFacts(Math.trunc(host.wallMs())),
    openKeyFiles: openKeyFiles(dataDirectory, tls === undefined ? [] : [tls.keyFile]),
    ...(disk === undefined ? {} : { disk }),
    ...(configuration === undefined ? {} : { configuration }),
    ...(listening === undefined ? {} : { listening }),
  };
}
