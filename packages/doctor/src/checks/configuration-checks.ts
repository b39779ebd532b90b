import type { ClientFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { type Check, check, judged, moot } from "./check.ts";
import { configurationFile } from "./host-commands.ts";
import { shellWord } from "./phrases.ts";
import { isAnswering } from "./seen-targets.ts";
import { eachClient, slmgrData } from "./told-clients.ts";
import { dataOption, eachHost, hostName, toldHosts } from "./told-hosts.ts";
import { isPinned, pinnedText, placeText } from "./told-settings.ts";

const configurationIsSound = check({
  id: "CS-CFG-001",
  good: "the host's configuration has no mistake",
  about:
    "A name or value it does not know is a mistake: the host does not start with one, rather than run otherwise than meant.",
  byHand: ["countersign host config check", "countersign host config show"],
  needs: [],
  reads: ["host"],
  findings: {
    CONFIGURATION_INVALID: {
      gravity: "error",
      cause: "the configuration {file} of the host {host} has mistakes",
      effect: "the host does not start with it; one that runs goes on with what it read before",
      remedy: "countersign host config check --config {file}",
      advice: "correct each line it names until it ends with 0, then start the host again",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const problems = host.configuration?.problems ?? [];
      if (problems.length === 0) return [];
      return [
        {
          finding: "CONFIGURATION_INVALID",
          subject: hostName(host),
          ...(!host.isRunning && { gravity: "fatal" as const }),
          params: { host: hostName(host), file: configurationFile(host) },
          evidence: problems.slice(0, 20),
        },
      ];
    }),
});

const clientSettingsAreReadable = check({
  id: "CS-CFG-002",
  good: "the client's settings can be read",
  about:
    "What people and the site's management set on a machine is kept in two small files. A damaged one is refused as a whole.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    CLIENT_SETTINGS_INVALID: {
      gravity: "error",
      cause: "the settings file {file} of {machine} cannot be read",
      effect: "the host, look-up domain and other settings in it are not in force",
      remedy: "mv {file} {file}.bad",
      advice:
        "set again what was in it (slmgr /skms, /skms-domain, /ckhc), or have the site's management place it anew",
    },
  },
  judge: (facts) =>
    eachClient(facts, ({ machineName, dataDirectory, settingsProblems }) =>
      settingsProblems.map((problem) => {
        const file = / in (\S.*\.json)$/.exec(problem)?.[1] ?? `${dataDirectory}/settings.json`;
        return {
          finding: "CLIENT_SETTINGS_INVALID",
          subject: `${machineName} ${file}`,
          params: { machine: machineName, file: shellWord(file) },
          evidence: [problem],
        };
      }),
    ),
});

const oneWayToTheHost = check({
  id: "CS-CFG-003",
  good: "a fixed host and a look-up domain are not both set",
  about: "A fixed host wins: the look-up domain beside it is never asked, whatever it was set for.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    FIXED_HOST_AND_LOOKUP_DOMAIN: {
      gravity: "warning",
      cause: "{machine} has the fixed host {fixed} and the look-up domain {domain} at once",
      effect: "only the fixed host is asked{answers}",
      remedy: "countersign slmgr /ckms{data}",
      advice: "clear the one that is not meant: /ckms the host, /ckms-domain the domain{pinned}",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      const { machineName, fixedHost, lookupDomain, settings } = client;
      if (fixedHost === "" || lookupDomain === "") return [];
      const isGone = answersTo(client, facts) === false;
      return [
        {
          finding: "FIXED_HOST_AND_LOOKUP_DOMAIN",
          subject: machineName,
          ...(isGone && { gravity: "error" as const }),
          params: {
            ...{ machine: machineName, fixed: fixedHost, domain: lookupDomain, data: slmgrData(client) },
            answers: isGone ? ", and it does not answer" : "; the domain is not",
            pinned: pinnedText(settings, "host"),
          },
          evidence: [
            `host is ${fixedHost}${placeText(settings, "host")}${isGone ? ": nothing answers there" : ""}`,
            `lookupDomain is ${lookupDomain}${placeText(settings, "lookupDomain")}`,
          ],
        },
      ];
    }),
});

const nothingIsOverruled = check({
  id: "CS-CFG-004",
  good: "nothing that was set is overruled by an option, a variable or a managed file",
  about:
    "An option, an environment variable or a managed file goes before what slmgr set: who set it may believe it is in force.",
  byHand: ["countersign host config show", "countersign slmgr /dlv"],
  needs: [],
  reads: ["host", "client"],
  findings: {
    SETTING_PINNED: {
      gravity: "notice",
      cause: "{setting} on {machine} was set to {set} and {place} makes it {value}",
      effect: "what was set is not in force",
      remedy: "{look}",
      advice: "take {setting} out of {place}, or take back what was set",
    },
  },
  judge: (facts) => {
    const sides = [
      ...toldHosts(facts).map((host) => ({
        ...host,
        machine: hostName(host),
        look: `countersign host config show${dataOption(host)}`,
      })),
      ...facts.clients.map((client) => ({
        ...client,
        machine: client.machineName,
        look: `countersign slmgr /dlv${slmgrData(client)}`,
      })),
    ];
    if (sides.length === 0) return moot("no settings were seen");
    return judged(
      sides.flatMap(({ machine, look, settings }) =>
        Object.entries(settings).flatMap(([setting, { value, place, overruled }]) => {
          if (overruled === undefined || !isPinned(settings, setting)) return [];
          return [
            {
              finding: "SETTING_PINNED" as const,
              subject: `${machine} ${setting}`,
              concerns: [machine],
              params: { setting, machine, look, value, place, set: overruled.value },
              evidence: [`${setting} is ${value} by ${place}`, `${overruled.place} says ${overruled.value}`],
            },
          ];
        }),
      ),
    );
  },
});

/** What an interval should lie between, minutes, and what it is usually. */
const SENSIBLE = {
  activationIntervalMinutes: {
    least: 30,
    most: 1_440,
    usual: 120,
    option: "/sai",
    harm: "wait long for their first activation",
  },
  renewalIntervalMinutes: {
    least: 1_440,
    most: 20_160,
    usual: 10_080,
    option: "/sri",
    harm: "drop out of the count between two renewals",
  },
} as const;

const intervalsAreSensible = check({
  id: "CS-CFG-005",
  good: "the intervals the host tells its machines are sensible",
  about:
    "A machine counts for 30 days after its last contact: with a renewal interval near that, one missed renewal takes it out. Very short intervals load host and log.",
  byHand: ["countersign slmgr /dlv", "countersign host config show"],
  needs: [],
  reads: ["host"],
  findings: {
    INTERVAL_EXTREME: {
      gravity: "warning",
      cause: "{setting} of the host {host} is {minutes} minutes",
      effect: "machines {harm}",
      remedy: "countersign slmgr {option} {usual}{data}",
      advice: "{usual} minutes are usual; each machine learns the new value at its next contact{pinned}",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) =>
      Object.entries(SENSIBLE).flatMap(([setting, { least, most, usual, option, harm }]) => {
        const minutes = Number(host.settings[setting]?.value);
        if (!Number.isFinite(minutes) || (minutes >= least && minutes <= most)) return [];
        return [
          {
            finding: "INTERVAL_EXTREME",
            subject: `${hostName(host)} ${setting}`,
            params: {
              ...{ setting, host: hostName(host), minutes, option, usual, data: dataOption(host) },
              harm: minutes > most ? harm : "ask so often that host and log are loaded without need",
              pinned: pinnedText(host.settings, setting),
            },
            evidence: [`${setting} is ${minutes}${placeText(host.settings, setting)}; sensible is ${least} to ${most}`],
          },
        ];
      }),
    ),
});

/** What is set, whoever set it: contradictions that no program can decide. */
export const CONFIGURATION_CHECKS: readonly Check[] = [
  configurationIsSound,
  clientSettingsAreReadable,
  oneWayToTheHost,
  nothingIsOverruled,
  intervalsAreSensible,
];

/** Whether the fixed host answers, by a look at it or by the newest attempt. */
function answersTo({ fixedHost, products }: ClientFacts, facts: Facts): boolean | undefined {
  const seen = isAnswering(facts, fixedHost);
  if (seen !== undefined) return seen;
  const tried = products.flatMap(({ lastAttempt }) => lastAttempt?.tried ?? []).find(({ host }) => host === fixedHost);
  return tried === undefined ? undefined : !["HOST_UNREACHABLE", "TIMEOUT", "NOT_A_HOST"].includes(tried.reason);
}
