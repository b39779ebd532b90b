import type { CommandGroup } from "../command.ts";
import { AGENT } from "./agent.ts";
import { CLIENT } from "./client.ts";
import { CONTEXT } from "./context.ts";
import { DEMO } from "./demo.ts";
import { DOCTOR } from "./doctor.ts";
import { EVENTS_GROUP } from "./events.ts";
import { EXPLAIN } from "./explain.ts";
import { HOST } from "./host.ts";
import { HOSTS } from "./hosts.ts";
import { PUBLISHER } from "./publisher.ts";

/** Every command there is, in the order help shows them. */
export const GROUPS: readonly CommandGroup[] = [
  DEMO,
  PUBLISHER,
  HOST,
  CLIENT,
  AGENT,
  DOCTOR,
  EVENTS_GROUP,
  EXPLAIN,
  HOSTS,
  CONTEXT,
];
