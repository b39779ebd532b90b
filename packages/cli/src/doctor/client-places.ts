import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EffectiveSettings, type MachineIdentity, SETTING_NAMES, writeSetting } from "@countersign/client";
import { settingsFiles, settingsPlaces } from "@countersign/client/node";
import type { ClientFacts, ProblemFacts } from "@countersign/doctor";
import { fromUuid, toHex } from "@countersign/domain";
import { openTrust, type TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { demonstrationIdentity, readClientDirectory } from "../client-settings.ts";
import type { AgentSeen } from "./agent-seen.ts";

/** A publisher's trust file as it lies there. */
export interface TrustSeen {
  /** undefined: there is none that can be used; the store keeps one of its own. */
  readonly bytes: Uint8Array | undefined;
  readonly opened: TrustState | undefined;
  readonly publisherName: string;
  readonly problem: ProblemFacts | undefined;
}

/** One store of a client on this machine, and everything beside it that decides what it does. */
export interface ClientPlace {
  readonly dataDirectory: string;
  readonly store: string;
  /** 32 hexadecimal digits; "" = not known. */
  readonly publisherId: string;
  readonly trust: TrustSeen;
  readonly identity: MachineIdentity | undefined;
  /** The one product of a directory of `client init`. */
  readonly product: { readonly activationId: Uint8Array; readonly setupKey: string | undefined } | undefined;
  /** Who keeps it; undefined: no agent does. */
  readonly agent: ClientFacts["agent"];
  /** By activation id: what a running agent has planned. */
  readonly nextAttempts: ReadonlyMap<string, number>;
}

const NO_TRUST: TrustSeen = { bytes: undefined, opened: undefined, publisherName: "", problem: undefined };

/** The client of a directory that `client init` made. */
export async function directoryPlace(directory: string): Promise<ClientPlace> {
  const { settings, trust, store } = await readClientDirectory(directory);
  const seen = await trustSeen(join(directory, "publisher.cstrust"), async () => trust);
  const activationId = fromUuid(settings.product);
  const { setupKey } = settings;
  return {
    ...{ dataDirectory: directory, store, trust: seen, agent: undefined, nextAttempts: new Map() },
    publisherId: seen.opened === undefined ? "" : toHex(seen.opened.publisherId),
    identity: demonstrationIdentity(settings),
    product: activationId && { activationId, setupKey: setupKey === "" ? undefined : setupKey },
  };
}

/** The stores that the machine's agent keeps, one a publisher; one place without a store where it keeps none yet. */
export async function agentPlaces(
  stores: string,
  trustDirectory: string,
  agent: AgentSeen,
): Promise<readonly ClientPlace[]> {
  const trusts = await trustsIn(trustDirectory);
  const kept = await publishersIn(stores);
  const known = trusts.flatMap(({ opened }) => (opened === undefined ? [] : [toHex(opened.publisherId)]));
  const bad = trusts.find(({ problem }) => problem !== undefined);
  const place = (publisherId: string, isFirst: boolean): ClientPlace => {
    const own = trusts.find(({ opened }) => opened !== undefined && toHex(opened.publisherId) === publisherId);
    // A file that cannot be read is nobody's by name: it is told with the publisher that has none, else with the first.
    const problem = own === undefined || isFirst ? bad?.problem : undefined;
    return {
      ...{ dataDirectory: stores, store: join(stores, publisherId === "" ? "none" : publisherId), publisherId },
      trust: { ...(own ?? NO_TRUST), problem },
      ...{ identity: undefined, product: undefined, agent: agent.facts, nextAttempts: agent.nextAttempts },
    };
  };
  const all = [...new Set([...kept, ...known])];
  return all.length === 0 ? [place("", true)] : all.map((publisherId, at) => place(publisherId, at === 0));
}

/** Every trust file of a directory; a directory that is not there holds none. */
export async function trustsIn(directory: string): Promise<readonly TrustSeen[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => name.endsWith(".cstrust")).toSorted();
  return Promise.all(files.map((name) => trustSeen(join(directory, name), () => readFile(join(directory, name)))));
}

async function trustSeen(path: string, read: () => Promise<Uint8Array>): Promise<TrustSeen> {
  try {
    const bytes = await read();
    const opened = await openTrust(bytes, nodeCryptography);
    if (opened.ok)
      return { bytes, opened: opened.value, publisherName: opened.value.publisherName, problem: undefined };
    const { reason, detail } = opened.refusal;
    return { ...NO_TRUST, problem: { reason, detail: `${path}: ${detail}` } };
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    return { ...NO_TRUST, problem: { reason: "FILE_UNREADABLE", detail: `${path}: ${code ?? message}` } };
  }
}

async function publishersIn(stores: string): Promise<readonly string[]> {
  const names = await readdir(stores).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => /^[0-9a-f]{32}$/.test(name)).toSorted();
}

/** The settings in force for one publisher, as checks read them, and what is wrong with their files. */
export async function settingsSeen({ dataDirectory, publisherId }: ClientPlace): Promise<{
  readonly effective: EffectiveSettings;
  readonly facts: ClientFacts["settings"];
  readonly problems: readonly string[];
}> {
  const files = settingsFiles(settingsPlaces(dataDirectory));
  const effective = await files.read(publisherId);
  const facts = SETTING_NAMES.map((name) => {
    const { source, place } = effective.origins[name];
    return [name, { value: String(writeSetting(name, effective.values)), source, place }] as const;
  });
  return { effective, facts: Object.fromEntries(facts), problems: files.problems().map(({ message }) => message) };
}
