import type { ClientClock, HostResolver, MachineIdentity, Transport } from "@countersign/client";
import type { Refusal } from "@countersign/domain";

/** Where an agent listens: paths of Unix sockets, or names of pipes. */
export interface AgentPlaces {
  readonly everybody: string;
  readonly root: string;
}

/** Where and how an agent runs. What is left out is the machine's own. */
export interface AgentOptions {
  /** Holds the publishers' `*.cstrust`. */
  readonly trustDirectory?: string;
  /** Holds a store per publisher, and `settings.json`. */
  readonly stores?: string;
  readonly managed?: string;
  readonly sockets?: AgentPlaces;
  /** A line for the journal. */
  readonly log?: (line: string) => void;
  /** For tests. */
  readonly identity?: MachineIdentity;
  readonly transport?: Transport;
  readonly resolver?: HostResolver;
  readonly clock?: Partial<ClientClock>;
}

/** A running agent. `stop` saves every store. */
export interface RunningAgent {
  readonly sockets: AgentPlaces;
  /** Looks at the trust directory and the settings again; answers what is wrong with single files. */
  reload(): Promise<readonly Refusal[]>;
  stop(): Promise<void>;
}
