import type { ProductFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { type Check, check, type Found, moot } from "./check.ts";
import { reasonText } from "./phrases.ts";
import { aboutProduct, eachProduct, placesOf, type ToldProduct } from "./told-products.ts";

const SETUP_KEY = "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX";

const keyIsInstalled = check({
  id: "CS-KEY-001",
  good: "each product has its setup key",
  about:
    "The setup key makes a machine a client. It is public: the vendor lists one for each edition, and the trust file holds it.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    SETUP_KEY_MISSING: {
      gravity: "error",
      cause: "no product key is installed for {product} on {machine}",
      effect: "it asks no host",
      remedy: `countersign slmgr /ipk ${SETUP_KEY}{data}`,
      advice: "install the setup key of exactly this product; it is public, the vendor lists it",
    },
  },
  judge: (facts) =>
    eachProduct(facts, (told) => {
      if (told.product.channel !== "") return [];
      const evidence = [`${told.product.name}: no key, ${told.product.reason || "KEY_NOT_INSTALLED"}`];
      return [{ finding: "SETUP_KEY_MISSING", ...aboutProduct(told), params: placesOf(told), evidence }];
    }),
});

const keyIsOfItsKind = check({
  id: "CS-KEY-002",
  good: "a client has a setup key, not a MAK, a retail or a host key",
  about:
    "A machine that is to be licensed by a host needs the public setup key. A MAK asks the publisher itself and uses up its quota; a host key makes a machine a host.",
  byHand: ["countersign slmgr /dli"],
  needs: [],
  reads: ["client"],
  findings: {
    WRONG_KEY_KIND: {
      gravity: "error",
      cause: "{product} on {machine} has a {found} where a setup key belongs",
      effect: "it asks no host",
      remedy: `countersign slmgr /ipk ${SETUP_KEY}{data}`,
      advice: "install the setup key of this product; a host key belongs on a host only",
    },
  },
  judge: (facts) =>
    eachProduct(facts, (told) => {
      const { channel, keyProblem } = told.product;
      const isOther = channel !== "" && channel !== "setup key" && told.product.hasVolumeChannel !== false;
      const offered = problemOf(told.product, ["KEY_WRONG_KIND"]);
      if (isLicensed(told.product) || (!isOther && offered === undefined)) return [];
      const found = isOther ? channel : "key of another kind offered";
      const evidence = [
        ...(isOther ? [`${told.product.name}: ${channel} channel`] : []),
        ...(keyProblem === undefined ? [] : [reasonText(keyProblem)]),
      ];
      return [{ finding: "WRONG_KEY_KIND", ...aboutProduct(told), params: { ...placesOf(told), found }, evidence }];
    }),
});

const editionHasTheChannel = check({
  id: "CS-KEY-003",
  good: "each product is an edition that hosts can activate",
  about: "Not every edition has volume activation: an evaluation or a single-seat edition takes no setup key.",
  byHand: ["countersign slmgr /dli"],
  needs: [],
  reads: ["client"],
  findings: {
    EDITION_WITHOUT_CHANNEL: {
      gravity: "error",
      cause: "{product} on {machine} is an edition that no host can activate",
      effect: "no setup key and no host helps",
      remedy: "countersign slmgr /dli{data}",
      advice: "install an edition with volume activation, or activate this one with a key of a channel it has",
    },
  },
  judge: (facts) => {
    if (!productsOf(facts).some(({ hasVolumeChannel, keyProblem }) => hasVolumeChannel !== undefined || keyProblem))
      return moot("no signed policy says which channels the products have");
    return eachProduct(facts, (told) => {
      const problem = problemOf(told.product, ["EDITION_WITHOUT_CHANNEL"]);
      if (isLicensed(told.product) || (told.product.hasVolumeChannel !== false && problem === undefined)) return [];
      const evidence = [problem === undefined ? `${told.product.name}: no volume channel` : reasonText(problem)];
      return [{ finding: "EDITION_WITHOUT_CHANNEL", ...aboutProduct(told), params: placesOf(told), evidence }];
    });
  },
});

const keyIsOfTheProduct = check({
  id: "CS-KEY-004",
  good: "each key is one of the product it was typed for",
  about:
    "A setup key belongs to one product of one publisher, and a host accepts only those that the signed policy lists.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    KEY_OF_OTHER_PRODUCT: {
      gravity: "error",
      cause: "the key for {product} on {machine} is of another product ({reason})",
      effect: "it is not taken, and no host licenses with it",
      remedy: `countersign slmgr /ipk ${SETUP_KEY}{data}`,
      advice: "install the setup key of exactly this product; for another publisher's, install its trust file first",
    },
  },
  judge: (facts) =>
    eachProduct(facts, (told) => {
      const offered = problemOf(told.product, ["KEY_FOR_OTHER_PRODUCT", "KEY_FOR_OTHER_PUBLISHER"]);
      const refused = (told.product.lastAttempt?.tried ?? []).find(({ reason }) => reason === "SETUP_KEY_NOT_ACCEPTED");
      const problem = offered ?? refused;
      if (isLicensed(told.product) || problem === undefined) return [];
      const params = { ...placesOf(told), reason: problem.reason };
      const evidence = [`${refused === undefined ? told.product.name : refused.host}: ${reasonText(problem)}`];
      return [{ finding: "KEY_OF_OTHER_PRODUCT", ...aboutProduct(told), params, evidence }];
    }),
});

const keyIsWhole = check({
  id: "CS-KEY-005",
  good: "no key was mistyped",
  about: "The check symbols of a key find every mistyped symbol, and often the one that was meant.",
  byHand: ["countersign slmgr /dli"],
  needs: [],
  reads: ["client"],
  findings: {
    KEY_MISTYPED: {
      gravity: "error",
      cause: "the key that was typed for {product} on {machine} is not whole ({reason})",
      effect: "it was not taken",
      remedy: `countersign slmgr /ipk ${SETUP_KEY}{data}`,
      advice: "compare it with the original symbol by symbol and type it again",
    },
  },
  judge: (facts) =>
    // A key that was not taken leaves nothing behind: only who saw it typed can say anything.
    productsOf(facts).some(({ keyProblem }) => keyProblem !== undefined)
      ? eachProduct(facts, mistyped)
      : moot("no key is known that was typed and not taken"),
});

/** Which key. */
export const KEY_CHECKS: readonly Check[] = [
  keyIsInstalled,
  keyIsOfItsKind,
  editionHasTheChannel,
  keyIsOfTheProduct,
  keyIsWhole,
];

function productsOf({ clients }: Facts): readonly ProductFacts[] {
  return clients.flatMap(({ products }) => products);
}

function mistyped(told: ToldProduct): readonly Found<"KEY_MISTYPED">[] {
  const problem = problemOf(told.product, ["KEY_INVALID", "KEY_UNKNOWN"]);
  if (isLicensed(told.product) || problem === undefined) return [];
  const params = { ...placesOf(told), reason: problem.reason };
  return [{ finding: "KEY_MISTYPED", ...aboutProduct(told), params, evidence: [reasonText(problem)] }];
}

/** A key that was not taken harms nobody while another one licenses the product. */
function isLicensed({ status }: ProductFacts): boolean {
  return status === 1;
}

function problemOf({ keyProblem }: ProductFacts, reasons: readonly string[]) {
  return keyProblem !== undefined && reasons.includes(keyProblem.reason) ? keyProblem : undefined;
}
