import type { Site } from "../site.ts";
import { type Deed, type Deeds, typed } from "./deed.ts";

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
  "publishing-badtime": {
    ...{ without: ["dns"], isUnpublished: true },
    prepare: (site) => site.serveDns({ clock: "+1h" }),
  },
  // The publisher is back, and the host has not asked it since.
  "certificate-due": {
    ...{ without: ["dns", "vendor", "agent"] },
    prepare: async (site) => {
      site.setClock("kms", "+800d");
      site.setClock("vendor", "+800d");
      await site.serveDns({ clock: "+800d" });
    },
    inject: async (site) => {
      await site.type("kms", "countersign host activate");
      await site.serve("vendor");
      await typed(site, "vendor", "countersign publisher status");
    },
  },
};
