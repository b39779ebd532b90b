import type { ClientFacts } from "../facts/client-facts.ts";
import { type Check, check } from "./check.ts";
import { DAY_MS, instantText } from "./phrases.ts";
import { eachClient, slmgrData } from "./told-clients.ts";
import { fieldText, recentEvents } from "./told-hosts.ts";
import { aboutProduct, eachProduct, placesOf } from "./told-products.ts";

const REIDENTIFIED = 30019;
const WINDOW_MS = 30 * DAY_MS;
/** Times a machine may draw a new CMID in 30 days (protocol.md §7). */
const MOST_NEW_CMIDS = 3;
/** A grace that ends within these is nearly over: a rearm would be wanted now. */
const NEARLY_OVER_MINUTES = 7 * 1_440;

const hardwareIsTheSame = check({
  id: "CS-IDN-001",
  good: "the hardware is that which was licensed",
  about:
    "A licence is for one machine. Small changes are tolerated; a new system disk and board make it another one, which needs a host once.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    MACHINE_CHANGED: {
      gravity: "error",
      cause: "the hardware of {machine} is no longer that which was licensed",
      effect: "it is in grace, and heals by itself as soon as a host answers",
      remedy: "countersign slmgr /ato{data}",
      advice: "activate it again where a host can be reached",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      const changed = client.products.filter(({ reason }) => reason === "MACHINE_CHANGED");
      if (!client.isMachineChanged && changed.length === 0) return [];
      return [
        {
          finding: "MACHINE_CHANGED",
          subject: client.machineName,
          params: placesOfClient(client),
          evidence:
            changed.length === 0
              ? [`${client.machineName}: its hardware is out of tolerance`]
              : changed.map(({ name, status }) => `${name}: status ${status}, MACHINE_CHANGED (0xC004F00F)`),
        },
      ];
    }),
});

const storeIsAtHome = check({
  id: "CS-IDN-002",
  good: "the licence store was written on this machine",
  about:
    "A store that was copied, or a machine made from an image that was not generalized, has the identity of another machine.",
  byHand: ["countersign slmgr /dlv", "countersign events --side client --id 30019"],
  needs: [],
  reads: ["client"],
  findings: {
    STORE_COPIED: {
      gravity: "error",
      cause: "the licence store of {machine} was written on another machine",
      effect:
        "the licence in it is not this machine's; it counts as one with the other until it has an identity of its own",
      remedy: "countersign slmgr /ato{data}",
      advice: "activate it here; before an image is taken, run `countersign client generalize` on its master",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      if (!client.isStoreCopied) return [];
      const evidence = [`${client.dataDirectory}: its machine marks are another machine's`];
      return [{ finding: "STORE_COPIED", subject: client.machineName, params: placesOfClient(client), evidence }];
    }),
});

const identityStays = check({
  id: "CS-IDN-003",
  good: "the machine kept its CMID in the last 30 days",
  about:
    "A machine that shares its CMID is told by the host to draw a new one, and does so by itself. Each new one counts as a new machine.",
  byHand: ["countersign events --side client --id 30019"],
  needs: [],
  reads: ["client"],
  findings: {
    MACHINE_REIDENTIFIED: {
      gravity: "notice",
      cause: "{machine} drew a new CMID {times} in the last 30 days",
      effect: "hosts count it as a new machine each time",
      remedy: "countersign events --side client --id 30019{data}",
      advice:
        "nothing needs to be done where it was made from an image; where it recurs, generalize the image it comes from",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      const drawn = recentEvents(client, [REIDENTIFIED], facts.gatheredMs - WINDOW_MS);
      if (drawn.length === 0) return [];
      const times = drawn.length === 1 ? "once" : `${drawn.length} times`;
      return [
        {
          finding: "MACHINE_REIDENTIFIED",
          subject: client.machineName,
          ...(drawn.length >= MOST_NEW_CMIDS && { gravity: "warning" as const }),
          params: { ...placesOfClient(client), times },
          evidence: drawn.slice(0, 5).map((event) => `${instantText(event.timeMs)}: ${fieldText(event, "cause")}`),
        },
      ];
    }),
});

const rearmsAreLeft = check({
  id: "CS-IDN-004",
  good: "rearms are left, or none is needed",
  about: "A rearm begins the initial grace anew, three times at most. A machine that reaches a host needs none.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    REARMS_USED_UP: {
      gravity: "warning",
      cause: "{product} on {machine} has no rearm left and its time is over",
      effect: "only an activation makes it licensed again",
      remedy: "countersign slmgr /ato{data}",
      advice: "make sure that a host can be reached, then activate; for an activation no rearm is needed",
    },
  },
  judge: (facts) =>
    eachProduct(facts, (told) => {
      const { rearmsLeft, status, remainingMinutes = Number.POSITIVE_INFINITY } = told.product;
      const isOver = status === 5 || ([2, 3].includes(status) && remainingMinutes < NEARLY_OVER_MINUTES);
      if (rearmsLeft !== 0 || !isOver) return [];
      const evidence = [`${told.product.name}: status ${status}, remaining rearms 0`];
      return [{ finding: "REARMS_USED_UP", ...aboutProduct(told), params: placesOf(told), evidence }];
    }),
});

/** Which machine it is. */
export const IDENTITY_CHECKS: readonly Check[] = [hardwareIsTheSame, storeIsAtHome, identityStays, rearmsAreLeft];

function placesOfClient(client: ClientFacts) {
  return { machine: client.machineName, data: slmgrData(client) };
}
