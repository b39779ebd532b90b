import type { HostFacts, KnownMachineFacts } from "../facts/host-facts.ts";
import { distinct } from "./phrases.ts";
import { fieldText, recentEvents } from "./told-hosts.ts";

/** A CMID with everybody who came with it. */
export interface CmidUsers {
  readonly cmid: string;
  /** Names; of a machine that gives none its address, if that is known. */
  readonly names: readonly string[];
  /** Times that the host told one of them to draw another CMID. */
  readonly directives: number;
  /** Requests whose hardware differed from that of the one before. */
  readonly hardwareChanges: number;
}

/** A renamed machine brings two names; hardware that goes to and fro, or a third name, is more than one machine. */
const FEWEST_NAMES = 3;

/** Every CMID that came with more than one name, or was seen on two machines (events 30001, 30002), since then. */
export function cmidUsers(host: HostFacts, sinceMs: number): readonly CmidUsers[] {
  const events = recentEvents(host, [30001, 30002], sinceMs);
  const recent = host.machines.filter(({ lastSeenMs }) => lastSeenMs >= sinceMs);
  const cmids = distinct([...recent.map(({ cmid }) => cmid), ...events.map(({ cmid }) => cmid)]);
  return cmids
    .map((cmid) =>
      usersOf(
        cmid,
        recent,
        events.filter((event) => event.cmid === cmid),
      ),
    )
    .filter(({ names, directives, hardwareChanges }) => names.length > 1 || directives > 0 || hardwareChanges > 1)
    .toSorted((a, b) => b.names.length - a.names.length);
}

function usersOf(
  cmid: string,
  machines: readonly KnownMachineFacts[],
  events: ReturnType<typeof recentEvents>,
): CmidUsers {
  const own = machines.filter((machine) => machine.cmid === cmid);
  const told = events.map((event) => fieldText(event, "clientName") || fieldText(event, "address"));
  return {
    cmid,
    names: distinct([...own.flatMap(({ names }) => names), ...told]).filter((name) => name !== ""),
    directives: events.filter(({ eventId }) => eventId === 30002).length,
    hardwareChanges: Math.max(0, ...own.map(({ hardwareChanges }) => hardwareChanges)),
  };
}

/** Several machines behind one CMID, as against one that was renamed. */
export function areSeveral({ names, hardwareChanges }: CmidUsers): boolean {
  return names.length >= FEWEST_NAMES || (names.length > 1 && hardwareChanges > 1);
}
