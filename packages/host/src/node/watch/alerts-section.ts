import { z } from "zod";

/** From the gravest down. */
export const GRAVITIES = ["fatal", "error", "warning", "notice"] as const;

/** What `host.yaml` says of who is told when a finding appears or clears, besides the event log. */
export interface AlertsSection {
  /** One JSON object a change is posted there. */
  readonly webhook: string | undefined;
  /** A program that gets the same object on its standard input. */
  readonly command: string | undefined;
  readonly arguments: readonly string[];
  /** Findings that weigh less are told to nobody. */
  readonly least: (typeof GRAVITIES)[number];
}

const url = "an address that begins with https:// or http://";
const path = "an absolute path";

/** THE form of the section `alerts`. */
export const ALERTS_SCHEMA = z.strictObject({
  webhook: z.string(url).refine(isWebAddress, url).optional(),
  command: z
    .string(path)
    .regex(/^([/\\]|[A-Za-z]:[/\\])/, path)
    .optional(),
  arguments: z.array(z.string("a word"), "a list of words").default([]),
  least: z.enum(GRAVITIES, GRAVITIES.join(", ")).default("warning"),
});

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ["https:", "http:"].includes(new URL(text).protocol);
}
