import type { Application, Product } from "@countersign/domain";
import type { Seat } from "./seat.ts";

/** The application and product a host key is of: the first that carries its key group (behaviour.md §1). */
export interface KeyPlace {
  readonly application: Application | undefined;
  readonly product: Product | undefined;
}

/** Where the key of a seat belongs; without a key, the first application its publisher names. */
export function keyPlace({ row, trust }: Seat): KeyPlace {
  const applications = trust.policies.map(({ value }) => value.application);
  for (const application of applications) {
    const product = application.products.find(({ keyGroup }) => keyGroup === row.key?.keyGroup);
    if (product !== undefined) return { application, product };
  }
  return { application: applications[0], product: undefined };
}
