import { COUNT_WINDOW_MS, type EventRecord, machineNameOf } from "@countersign/domain";
import type { HostUse } from "./facts.ts";
import type { HostMachine, UsedHost } from "./report.ts";

const ASKED = 12288;
const PROCESSED = 12290;

/** The newest contact of each machine with each host, by a client's 12288 and a host's 12290. */
export function hostUses(events: readonly EventRecord[]): readonly HostUse[] {
  const newest = new Map<string, HostUse>();
  for (const event of events) {
    const use = useOf(event);
    if (use === undefined) continue;
    const key = `${use.from} ${use.host} ${use.cmid === "" ? use.machine : use.cmid}`;
    const known = newest.get(key);
    if (known === undefined || known.lastMs <= use.lastMs) newest.set(key, use);
  }
  return [...newest.values()];
}

/** The machines of a host in the last 30 days, the newest contact first, each once. */
export function machinesOf(
  host: { readonly target: string; readonly port: number; readonly addresses: readonly string[] },
  uses: readonly HostUse[],
  atMs: number,
): readonly HostMachine[] {
  return newestOfEach(uses.filter((use) => isRecent(use, atMs) && leadsTo(use, host)));
}

/** Hosts that machines asked in the last 30 days and no record leads to. */
export function unpublishedHosts(
  uses: readonly HostUse[],
  published: readonly Parameters<typeof machinesOf>[0][],
  atMs: number,
): readonly UsedHost[] {
  const stray = uses.filter(
    (use) => use.from === "client-log" && isRecent(use, atMs) && !published.some((host) => leadsTo(use, host)),
  );
  const hosts = [...new Set(stray.map(({ host }) => host))].toSorted();
  return hosts.map((host) => ({ host, machines: newestOfEach(stray.filter((use) => use.host === host)) }));
}

function useOf(event: EventRecord): HostUse | undefined {
  const { eventId, fields, computer, cmid, timeMs: lastMs } = event;
  const resultCode = typeof fields["resultCode"] === "number" ? fields["resultCode"] : 0;
  const same = { machine: machineNameOf(event), cmid, lastMs, resultCode };
  if (eventId === PROCESSED && computer !== "") return { ...same, host: computer.toLowerCase(), from: "host-log" };
  const { host } = fields;
  if (eventId !== ASKED || typeof host !== "string" || host === "") return undefined;
  return { ...same, host: host.toLowerCase().replace(/\.(?=:\d+$)/, ""), from: "client-log" };
}

/** A client names target and port; a host's log only the host's computer, which DNS knows by a longer name. */
function leadsTo(use: HostUse, { target, port, addresses }: Parameters<typeof machinesOf>[0]): boolean {
  if (use.from === "host-log") return use.host.split(".")[0] === target.split(".")[0];
  const names = [target, ...addresses].map((name) => (name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`));
  return names.includes(use.host);
}

function isRecent({ lastMs }: HostUse, atMs: number): boolean {
  return lastMs > atMs - COUNT_WINDOW_MS;
}

function newestOfEach(uses: readonly HostUse[]): readonly HostMachine[] {
  const key = ({ cmid, machine }: HostUse) => (cmid === "" ? machine : cmid);
  return uses
    .toSorted((a, b) => b.lastMs - a.lastMs)
    .filter((use, i, all) => all.findIndex((one) => key(one) === key(use)) === i)
    .map(({ machine, cmid, lastMs, resultCode }) => ({ machine, cmid, lastMs, resultCode }));
}
