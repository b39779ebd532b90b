import { formatHostTarget } from "./host-address.ts";
import type { TargetMemory } from "./publisher-session.ts";
import type { ClientSettings } from "./settings/client-settings.ts";
import type { HostTarget } from "./transport.ts";
import type { HostChoice, LastAttempt } from "./tried-host.ts";
import type { TrustedState } from "./trusted-state.ts";

/** A host to ask, with the reason for the choice. */
export interface ChosenHost extends HostTarget {
  readonly why: HostChoice;
}

/**
 * The hosts to ask, in order: the fixed one, else (with host caching) the one that answered last. The port a host names in
 * its statements goes first, the one it was known under after it.
 */
export function hostsToAsk(settings: ClientSettings, state: TrustedState): readonly ChosenHost[] {
  const { host: fixed, hostCaching } = settings;
  const cached = state.cachedHost;
  const base = fixed ?? (hostCaching ? cached : undefined);
  if (base === undefined) return [];
  const why = fixed === undefined ? "cached" : "fixed";
  const own = { host: base.host, port: base.port, why } as const;
  // Tried at the next contact, kept because a verified statement then comes over it (behaviour.md §2).
  const follows = !settings.keepPort && cached?.host === base.host && cached.advertisedPort > 0;
  const named = follows ? [{ ...own, port: cached.advertisedPort }] : [];
  return [...named, own].filter((target, i, all) => all.findIndex(({ port }) => port === target.port) === i);
}

/** The host to show: the first that is known, else the one that was found in DNS and answered last. */
export function hostShown(
  settings: ClientSettings,
  state: TrustedState,
  lastAttempt: LastAttempt | undefined,
): { readonly host: string; readonly why: HostChoice } | undefined {
  const [known] = hostsToAsk(settings, state);
  if (known !== undefined) return { host: formatHostTarget(known), why: known.why };
  return lastAttempt?.tried.findLast(({ why, reason }) => why === "discovered" && reason === undefined);
}

/** Those of them that no busy answer asked to leave alone, by the monotonic clock. */
export function readyHosts(
  hosts: readonly ChosenHost[],
  targets: ReadonlyMap<string, TargetMemory>,
  monotonicMs: number,
): readonly ChosenHost[] {
  return hosts.filter((host) => (targets.get(formatHostTarget(host))?.notBeforeMs ?? 0) <= monotonicMs);
}
