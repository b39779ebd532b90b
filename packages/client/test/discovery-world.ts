import { publisherTag, type ServiceRecord, serviceNames } from "@countersign/domain";
import { encodeActivateRequest, narrowActivateRequest, openTrust } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import type { ClientSettings, Licensing, SettingLayers, Transport, TransportReply } from "../src/index.ts";
import { newMachine, openAllOn, type TestMachine } from "./machine.ts";
import { openSite, type Site, type TestTime, transportTo } from "./site.ts";

/** What stands at one `address:port` of the network: undefined answers are a closed port. */
export type Stand = Transport;

/** A machine, its DNS and a network in which somebody stands at each address. */
export interface DiscoveryWorld {
  readonly site: Site;
  /** The hosts' clock. */
  readonly time: TestTime;
  readonly machine: TestMachine;
  readonly layers: { -readonly [Name in keyof SettingLayers]: SettingLayers[Name] };
  readonly licensing: Licensing;
  /** Owner names in `example.test`. */
  readonly names: ReturnType<typeof serviceNames>;
  /** Who stands where, by `address:port`; changed while the machine runs. */
  readonly stands: Map<string, Stand>;
  /** Each connection, `name/address:port`, in order; empties at a look. */
  takeAsked(): readonly string[];
  /** Publishes in `example.test`: records by owner name, each host with an address of its own. */
  publish(name: string, ...records: readonly ServiceRecord[]): void;
  settings(values: Partial<ClientSettings>): void;
}

/** A record of a host with weight 0 unless said otherwise. */
export function record(target: string, change: Partial<ServiceRecord> = {}): ServiceRecord {
  return { priority: 0, weight: 0, port: 1688, target, ...change };
}

/** A port nobody listens on. */
export const CLOSED: Stand = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });

/** Opens the world: a machine in `example.test`, without a host, and nothing published. */
export async function openDiscovery(values: Partial<ClientSettings> = {}): Promise<DiscoveryWorld> {
  const time = { wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 };
  const site = await openSite(time);
  const stands = new Map<string, Stand>();
  const asked: string[] = [];
  const machine = newMachine("pc-1", time, async (target, method, request, limits) => {
    const place = `${target.address ?? "?"}:${target.port}`;
    if (method === "Activate") asked.push(`${target.host}/${place}`);
    const stand = stands.get(place) ?? CLOSED;
    return stand(target, method, request, limits);
  });
  machine.zones.domain = { domain: "example.test", origin: "fqdn" };
  const layers: DiscoveryWorld["layers"] = {};
  const settings = (given: Partial<ClientSettings>) => {
    layers.stored = { file: { machine: given, publishers: {} }, place: "settings.json" };
  };
  settings(values);
  const licensing = await openAllOn(machine, site, layers);
  const opened = await licensing.open(site.product.activationId, site.setupKey);
  if (!opened.ok) throw new Error(opened.refusal.message);
  const trust = await openTrust(site.trust, nodeCryptography);
  if (!trust.ok) throw new Error(trust.refusal.reason);
  const names = serviceNames("example.test", publisherTag(trust.value.publisherId, nodeCryptography.sha256));
  return {
    ...{ site, time, machine, layers, licensing, names, stands, settings },
    takeAsked: () => asked.splice(0),
    publish: (name, ...records) => {
      machine.zones.services[name] = records;
      for (const { target } of records) if (target !== "") machine.zones.addresses[target] ??= [addressOf(target)];
    },
  };
}

/** The address of a host of these tests, by its number: `h7.example.test` is 10.0.0.7. */
export function addressOf(target: string): string {
  return `10.0.0.${/\d+/.exec(target)?.[0] ?? 250}`;
}

/** A whole host, software and all, below another root: wrong in nothing but who signed. */
export async function uncertified(time: TestMachine["time"]): Promise<Stand> {
  const rogue = transportTo((await openSite(time)).host);
  return async (target, method, bytes): Promise<TransportReply> => {
    if (method !== "Activate") return rogue(target, method, bytes);
    const request = narrowActivateRequest(bytes);
    if (!request.ok) return { kind: "foreign", detail: "no request" };
    const own = encodeActivateRequest({ ...request.value, publisherId: undefined, knownCertHash: undefined });
    return rogue(target, method, own);
  };
}
