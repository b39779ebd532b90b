import type { Site } from "../site.ts";
import type { Deed, Deeds } from "./deed.ts";
import { attended, inTwoYears } from "./kill.ts";

/** A machine whose clock goes wrong and that is started again under it. */
const restarted = (machine: "pc" | "kms", offset: string): Deed => ({
  inject: async (site: Site) => {
    const service = machine === "pc" ? "agent" : "kms";
    await site.stop(service);
    site.setClock(machine, offset);
    await site.serve(service);
  },
});

/** Clocks that are not the others'. */
export const CLOCKED: Deeds = {
  "client-clock-ahead": restarted("pc", "+9h"),
  "client-clock-behind": restarted("pc", "-9h"),
  "host-clock-back": restarted("kms", "-3d"),
  "publishing-badtime": { isUnpublished: true, prepare: (site) => site.setClock("kms", "+1h") },
  // The publisher is back, and the host has not asked it since.
  "certificate-due": {
    ...{ without: ["vendor", "agent"], isUnpublished: true },
    prepare: (site) => {
      inTwoYears(site);
      site.setClock("vendor", "+800d");
    },
    inject: async (site) => {
      await attended(site);
      await site.type("kms", "countersign host activate");
      await site.serve("vendor");
    },
  },
};
