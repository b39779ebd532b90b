import type { CertifiedHost, KnownApplication, KnownPublisher, RequiredCount } from "./facts.ts";
import type { FoundHost, SplitCount } from "./report.ts";
import { areOneProcess } from "./same-host.ts";

/** The counts of every application over the hosts that are ours: each counts alone, so a machine helps one host only. */
export function splitCounts(
  publishers: readonly KnownPublisher[],
  hosts: readonly Pick<FoundHost, "host" | "certified">[],
  ourCustomers: readonly string[],
): readonly SplitCount[] {
  return publishers.flatMap(({ publisherId, name, applications }) => {
    const counting = hosts
      .flatMap(({ host, certified }) => certified.map((one) => ({ host, one })))
      .filter(({ one }) => one.publisherId === publisherId && ourCustomers.includes(one.customerId))
      // One process under several names counts once; a copy counts by itself.
      .filter(({ one }, i, all) => !all.slice(0, i).some((other) => areOneProcess(other.one, one)));
    if (counting.length === 0) return [];
    return applications.map((application) => countOver(application, { publisherId, publisher: name }, counting));
  });
}

interface Counting {
  readonly host: string;
  readonly one: CertifiedHost;
}

function countOver(
  { applicationId, name: application, products }: KnownApplication,
  publisher: Pick<SplitCount, "publisherId" | "publisher">,
  counting: readonly Counting[],
): SplitCount {
  const hosts = counting.map(({ host, one }) => ({
    host,
    required: leastRequired(products, one),
    currentCount: one.counts.find((count) => count.applicationId === applicationId)?.currentCount,
  }));
  const counts = hosts.flatMap(({ currentCount }) => currentCount ?? []);
  return {
    ...{ ...publisher, applicationId, application, hosts },
    largest: Math.max(0, ...counts),
    sum: counts.reduce((sum, count) => sum + count, 0),
    state: stateOf(hosts),
  };
}

/** The count from which that host activates any product of the application; its certificate may ask for less. */
function leastRequired(products: readonly RequiredCount[], { keyGroups, siteRequired }: CertifiedHost): number {
  const covered = products.filter(({ keyGroup }) => keyGroups.includes(keyGroup));
  const required = covered.map(
    ({ keyGroup, requiredCount }) =>
      siteRequired.find((site) => site.keyGroup === keyGroup)?.requiredCount ?? requiredCount,
  );
  return required.length === 0 ? 0 : Math.min(...required);
}

/** A machine that asked two hosts is counted by both, so a sum that is enough says "perhaps", one that is not says "no". */
function stateOf(hosts: SplitCount["hosts"]): SplitCount["state"] {
  const told = hosts.flatMap(({ currentCount, required }) =>
    currentCount === undefined ? [] : [{ currentCount, required }],
  );
  if (told.length < hosts.length) return "unknown";
  const reaching = told.filter(({ currentCount, required }) => currentCount >= required).length;
  if (reaching === told.length) return "enough";
  if (reaching > 0) return "partly-split";
  const sum = told.reduce((all, { currentCount }) => all + currentCount, 0);
  return sum >= Math.min(...told.map(({ required }) => required)) ? "split" : "too-few";
}
