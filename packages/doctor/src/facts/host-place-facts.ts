import { z } from "zod";
import { diskFacts } from "./machine-facts.ts";

/** What the place where a host may be made is like (`--pre`). */
export const hostPlaceFacts = z.object({
  dataDirectory: z.string(),
  /** A host was made there already. */
  isSetUp: z.boolean(),
  /** Of the directory, or of the nearest above it that there is. */
  disk: diskFacts.optional(),
  /** The ports a host takes unless it is told otherwise; `inUse`: why it could not be taken, "" = it could. */
  ports: z.array(z.object({ port: z.number().int(), inUse: z.string() })),
  /** The name that DNS would lead machines to; "" = the machine has none but its own. */
  fullName: z.string(),
  /** What the full name leads to, asked as any program does. */
  nameAddresses: z.array(z.string()),
  /** The zone that the machine's domain lies in, by its SOA; "" = none was found. */
  zone: z.string(),
  /** Publishers by the trust files that were named. */
  publishers: z.array(z.object({ name: z.string(), url: z.string(), reachable: z.boolean(), detail: z.string() })),
});
/** Seen from the machine itself, before anything is made. */
export type HostPlaceFacts = z.infer<typeof hostPlaceFacts>;
