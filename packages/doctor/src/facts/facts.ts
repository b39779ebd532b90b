import type { FinderFacts } from "../finder/facts.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { HostFacts } from "./host-facts.ts";
import type { HostPlaceFacts } from "./host-place-facts.ts";
import type { MachineFacts } from "./machine-facts.ts";

/** The format of Facts: a bundle with another one is refused by name. */
export const FACTS_FORMAT = 1;

/** Where the doctor stands. `outside`: neither a host nor a client is set up there. */
export type Standpoint = "host" | "client" | "publisher" | "outside";

/** What a probe looks at. A check names what it reads: where a look failed it can say nothing, and says so. */
export type Source = "machine" | "host" | "client" | "publisher" | "dns" | "targets" | "clock";

/** A look that did not succeed, as opposed to one that found nothing. */
export interface Gap {
  readonly source: Source;
  /** What was looked at: a path, a name, an address. */
  readonly at: string;
  readonly why: string;
}

/** Another clock that was read, beside that of the machine the doctor stands on. */
export interface ClockFacts {
  /** Whose it is: `host.corp.example:1688`, `192.0.2.53:53`. */
  readonly of: string;
  readonly kind: "host" | "publisher" | "dns" | "time server";
  /** How far it was ahead of the doctor's machine when it was read; negative = behind. */
  readonly aheadMs: number;
}

/**
 * Everything the doctor knows, as one value that survives JSON: gathered live, read from a bundle, or from what Windows
 * machines export. Checks judge it and nothing else; no check looks for itself.
 */
export interface Facts {
  readonly format: typeof FACTS_FORMAT;
  readonly standpoint: Standpoint;
  /** By the clock of the machine the doctor stands on, Unix ms. */
  readonly gatheredMs: number;
  readonly softwareVersion: string;
  /** The machine the doctor stands on. */
  readonly machine: MachineFacts | undefined;
  /** Hosts seen from within, the doctor's own machine first. */
  readonly hosts: readonly HostFacts[];
  /** Clients seen from within, the doctor's own machine first. */
  readonly clients: readonly ClientFacts[];
  /** DNS, and every host it or a setting names, seen from where the doctor stands. */
  readonly network: FinderFacts | undefined;
  readonly clocks: readonly ClockFacts[];
  /** Where a host may be made; absent: nobody asked. */
  readonly place?: HostPlaceFacts | undefined;
  readonly gaps: readonly Gap[];
}
