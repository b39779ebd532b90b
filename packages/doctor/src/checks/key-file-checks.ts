import { type Check, check } from "./check.ts";
import { closeFilesCommand, serveOptions } from "./host-commands.ts";
import { counted, reasonText } from "./phrases.ts";
import { eachHost, hostName } from "./told-hosts.ts";

/** What a person does about a key that cannot be used, by the reason. */
const KEY_ADVICE: Readonly<Record<string, string>> = {
  KEY_FILE_MISSING: "restore the directory of keys from its backup",
  KEY_FILE_DAMAGED: "restore the directory of keys from its backup",
  KEY_PASSPHRASE_WRONG: "name the file of the right passphrase in COUNTERSIGN_KEY_PASSPHRASE_FILE",
  KEYRING_UNUSABLE: "look at the directory of keys, or at the external signer and its configuration",
};

const keyFilesArePrivate = check({
  id: "CS-STO-004",
  good: "only their owner can read the files of private keys",
  about: "Who reads a host's private key can answer in its name until its certificate is revoked.",
  byHand: ["ls -l /var/lib/countersign/host/keys"],
  needs: [],
  reads: ["host"],
  findings: {
    KEY_FILES_OPEN: {
      gravity: "error",
      cause: "{files} of the host {host} can be read by others than their owner",
      effect: "whoever reads them can answer in the name of this host{start}",
      remedy: "{command}",
      advice:
        "close them, and think whether somebody read them: then ask the publisher to revoke the certificate and activate anew",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const exposed = [host.startFailure, host.store].find((one) => one?.reason === "KEY_FILE_EXPOSED");
      const { openKeyFiles, machine } = host;
      if (openKeyFiles.length === 0 && exposed === undefined) return [];
      const keys = `${host.dataDirectory}/keys`;
      return [
        {
          finding: "KEY_FILES_OPEN",
          subject: hostName(host),
          ...(exposed !== undefined && { gravity: "fatal" as const }),
          params: {
            ...{ host: hostName(host), files: counted(Math.max(1, openKeyFiles.length), "key file") },
            start: exposed === undefined ? "" : "; the host does not start with them",
            command: closeFilesCommand(machine?.platform, openKeyFiles, keys),
          },
          evidence: [...openKeyFiles, ...(exposed === undefined ? [] : [reasonText(exposed)])].slice(0, 20),
        },
      ];
    }),
});

const keysCanBeUsed = check({
  id: "CS-STO-007",
  good: "the host's private keys can be used",
  about: "A host signs each batch of answers. Without its key, or the passphrase that opens it, it does not start.",
  byHand: ["ls -l /var/lib/countersign/host/keys", "countersign host config show"],
  needs: ["CS-STO-004"],
  reads: ["host"],
  findings: {
    KEYS_UNUSABLE: {
      gravity: "fatal",
      cause: "the private keys of the host {host} cannot be used ({reason})",
      effect: "the host does not start, so nobody is activated",
      remedy: "countersign host serve{options}",
      advice: "{advice}; then start it",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const problem = [host.startFailure, host.store].find((one) => one !== undefined && one.reason in KEY_ADVICE);
      if (problem === undefined) return [];
      return [
        {
          finding: "KEYS_UNUSABLE",
          subject: hostName(host),
          params: {
            ...{ host: hostName(host), reason: problem.reason, options: serveOptions(host) },
            advice: KEY_ADVICE[problem.reason] ?? "",
          },
          evidence: [reasonText(problem)],
        },
      ];
    }),
});

/** Private keys at rest. */
export const KEY_FILE_CHECKS: readonly Check[] = [keyFilesArePrivate, keysCanBeUsed];
