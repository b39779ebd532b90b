import type { ClientFacts, ProductFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { concernsOf } from "./asked-hosts.ts";
import { type Found, type Judgement, judged, moot } from "./check.ts";
import { slmgrData } from "./told-clients.ts";

/** One product with the machine it is on. */
export interface ToldProduct {
  readonly client: ClientFacts;
  readonly product: ProductFacts;
}

/** The judgement of every product of every client; moot without one. */
export function eachProduct<FindingId extends string>(
  { clients }: Facts,
  judgeProduct: (told: ToldProduct) => readonly Found<FindingId>[],
): Judgement<FindingId> {
  const products = clients.flatMap((client) => client.products.map((product) => ({ client, product })));
  return products.length === 0
    ? moot("no product of a client was seen from within")
    : judged(products.flatMap(judgeProduct));
}

/** What findings about a product have in common. */
export function aboutProduct({ client, product }: ToldProduct) {
  return { subject: `${client.machineName} ${product.name}`, concerns: concernsOf(client, product) };
}

/** The places that the rows of such findings share. */
export function placesOf({ client, product }: ToldProduct) {
  return { machine: client.machineName, product: product.name, data: slmgrData(client) };
}
