import type { ClientFacts } from "../facts/client-facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import type { ProblemFacts } from "../facts/machine-facts.ts";
import { type Check, check } from "./check.ts";
import { isFull } from "./disk-room.ts";
import { reasonText, shellWord } from "./phrases.ts";
import { eachClient, slmgrData } from "./told-clients.ts";
import { eachHost, hostName } from "./told-hosts.ts";

const hostStoreOpens = check({
  id: "CS-STO-001",
  good: "the host's store opens and can be written",
  about:
    "The store holds counts, event log and certificates. A damaged, newer or locked one is refused and left as it is; nothing is served from memory.",
  byHand: ["ls -l /var/lib/countersign/host", "countersign host status"],
  needs: [],
  reads: ["host"],
  findings: {
    STORE_DAMAGED: {
      gravity: "fatal",
      cause: "the store of the host {host} is damaged",
      effect: "the host does not start, so nobody is activated; the file was not changed",
      remedy: "cp --archive BACKUP/. {directory}/  # restore the newest backup",
      advice:
        "stop the host, set the damaged directory aside, put the newest backup in its place and start it again; without one begin with `countersign host init`",
    },
    STORE_NEWER: {
      gravity: "fatal",
      cause: "the store of the host {host} was written by a later version",
      effect: "the host does not start, so nobody is activated; the store was not changed",
      remedy: "npm install --global ./countersign-*.tgz  # upgrade to the version that wrote it",
      advice: "install the version that wrote it, or restore the backup from before the upgrade",
    },
    STORE_READ_ONLY: {
      gravity: "fatal",
      cause: "the store of the host {host} cannot be written",
      effect: "the host answers STORE_UNAVAILABLE and activates nobody",
      remedy: "{command}",
      advice:
        "make {directory} writable for the user the host runs as; see first why the system made the file system read-only",
    },
    STORE_LOCKED: {
      gravity: "fatal",
      cause: "another process holds the store of the host {host}",
      effect: "a second host does not start on it",
      remedy: "fuser --verbose {directory}/host.db",
      advice: "stop the process that holds it, or leave it to serve: one store has one host",
    },
    STORE_GONE: {
      gravity: "fatal",
      cause: "the store of the host {host} is not there",
      effect: "the host does not start; its counts and its log are gone with it",
      remedy: "cp --archive BACKUP/. {directory}/  # restore the newest backup",
      advice: "restore the newest backup; without one begin with `countersign host init` and activate it anew",
    },
    STORE_UNUSABLE: {
      gravity: "fatal",
      cause: "the store of the host {host} cannot be used ({reason})",
      effect: "the host activates nobody",
      remedy: "ls -la {directory}",
      advice: "look at the disk, the rights of the directory and the system's log",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const problem = storeProblemOf(host);
      const finding = problem && findingOf(problem, host);
      if (problem === undefined || finding === undefined) return [];
      const directory = shellWord(host.dataDirectory);
      return [
        {
          finding,
          subject: hostName(host),
          params: { host: hostName(host), directory, reason: problem.reason, command: writableCommand(host, problem) },
          evidence: [`${host.dataDirectory}: ${reasonText(problem)}`],
        },
      ];
    }),
});

const clientStoreKeeps = check({
  id: "CS-STO-005",
  good: "the client's store is there and can be written",
  about:
    "A client believes a licence only once it is on disk. Without its store it has no evidence of having been licensed.",
  byHand: ["ls -la /var/lib/countersign/client", "countersign slmgr /dlv"],
  needs: ["CS-ENV-004"],
  reads: ["client"],
  findings: {
    CLIENT_STORE_UNWRITABLE: {
      gravity: "error",
      cause: "the store of {machine} cannot be written",
      effect: "a renewal is not kept: the machine goes on with what it has, to its end",
      remedy: "chmod u+rwx {directory}",
      advice: "make the directory writable for the user the agent runs as, then activate",
    },
    CLIENT_STORE_LOST: {
      gravity: "error",
      cause: "the store of {machine} is {how}",
      effect: "the evidence of its licence is gone: it is in notification until a host answers",
      remedy: "countersign slmgr /ato{data}",
      advice: "activate; install the setup key first where it went too. A damaged store was set aside for examination",
    },
    CLIENT_STORE_NEWER: {
      gravity: "error",
      cause: "the store of {machine} was written by a later version",
      effect: "this version leaves it alone: the machine is not renewed",
      remedy: "npm install --global ./countersign-*.tgz  # upgrade to the version that wrote it",
      advice: "install the version that wrote it",
    },
    CLIENT_STORE_LOCKED: {
      gravity: "error",
      cause: "another process holds the store of {machine}",
      effect: "a second agent or program keeps nothing of what hosts answer",
      remedy: "fuser --verbose {directory}",
      advice: "let one process keep it: stop the program that holds it, or let it ask the agent",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      const { machineName, store, disk, dataDirectory } = client;
      const finding = clientStoreFinding(client);
      if (finding === undefined) return [];
      return [
        {
          finding,
          subject: machineName,
          params: {
            ...{ machine: machineName, directory: shellWord(dataDirectory), data: slmgrData(client) },
            how: store?.reason === "STORE_MISSING" ? "gone" : "damaged",
          },
          evidence: [
            ...(store === undefined ? [] : [`${dataDirectory}: ${reasonText(store)}`]),
            ...(disk?.writable === false ? [`${disk.path}: a file could not be made there`] : []),
          ],
        },
      ];
    }),
});

/** The stores of hosts and clients. */
export const STORE_CHECKS: readonly Check[] = [hostStoreOpens, clientStoreKeeps];

/** Of the store itself, or what a start said of it. */
function storeProblemOf({ store, startFailure, disk }: HostFacts): ProblemFacts | undefined {
  // Why the keys cannot be used is another check's, although it keeps the host from opening as well.
  const problem = [store, startFailure].find((one) => one?.reason.startsWith("STORE_"));
  if (problem !== undefined) return problem;
  if (disk?.writable !== false) return undefined;
  return { reason: "STORE_UNAVAILABLE", detail: `read-only: no file can be made in ${disk.path}` };
}

/** Undefined where another check says it: of a full disk, and of a store that its next start brings up to date. */
function findingOf({ reason, detail }: ProblemFacts, { disk }: HostFacts) {
  if (reason === "STORE_CORRUPT") return "STORE_DAMAGED";
  if (reason === "STORE_NEWER" || reason === "STORE_LOCKED") return reason;
  if (reason === "STORE_MISSING") return "STORE_GONE";
  if (reason === "STORE_BEHIND") return undefined;
  if (isFull(disk, { reason, detail })) return undefined;
  return /read-only|EROFS|EACCES|EPERM/.test(detail) || disk?.writable === false ? "STORE_READ_ONLY" : "STORE_UNUSABLE";
}

function writableCommand({ dataDirectory }: HostFacts, { detail }: ProblemFacts): string {
  const directory = shellWord(dataDirectory);
  return /EACCES|EPERM|permission/i.test(detail)
    ? `chmod u+rwx ${directory}`
    : `mount -o remount,rw $(findmnt -n -o TARGET -T ${directory})`;
}

function clientStoreFinding({ store, disk }: ClientFacts) {
  if (store?.reason === "STORE_NEWER") return "CLIENT_STORE_NEWER";
  if (store?.reason === "STORE_LOCKED") return "CLIENT_STORE_LOCKED";
  if (store !== undefined && ["STORE_MISSING", "STORE_CORRUPT", "LICENSE_STORE_TAMPERED"].includes(store.reason))
    return "CLIENT_STORE_LOST";
  if (isFull(disk, store)) return undefined;
  return store !== undefined || disk?.writable === false ? "CLIENT_STORE_UNWRITABLE" : undefined;
}
