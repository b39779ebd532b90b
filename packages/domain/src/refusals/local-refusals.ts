import type { RefusalRow } from "./refusal-row.ts";

const LOCAL = { fate: "local", rpcCode: "", exitCode: 1, clientAction: "none" } as const;
const USAGE = { fate: "local", rpcCode: "invalid_argument", exitCode: 2, clientAction: "show-remedy" } as const;
const CONFLICT = { fate: "local", rpcCode: "already_exists", exitCode: 8, clientAction: "show-remedy" } as const;

/** What a process of ours reports about its own machine, configuration, store and keys. Own numbers: 0xE0C505nn. */
export const LOCAL_REFUSALS = {
  USAGE_INVALID: {
    ...USAGE,
    code: 0xe0c50501,
    sentence: "expected {expected}, found {found}",
    remedy: "run the command with --help",
  },
  CONFIGURATION_INVALID: {
    ...USAGE,
    code: 0xe0c50502,
    sentence: "expected {expected}, found {found}[ in {file}]",
    remedy: "correct the configuration and run the command again",
  },
  SETTING_PINNED: {
    ...CONFLICT,
    code: 0xe0c50503,
    sentence: "expected a setting that can be changed here, found {setting} pinned[ by {place}]",
    remedy: "change it there",
  },
  STORE_LOCKED: {
    ...CONFLICT,
    code: 0xe0c50504,
    sentence: "expected a store no other process uses, found it in use[: {detail}]",
    remedy: "stop the other process, or talk to it instead of starting a second one",
  },
  STORE_NEWER: {
    ...LOCAL,
    code: 0xe0c50505,
    sentence: "expected a store of this version or older, found a newer one[ at {path}][: {detail}]",
    remedy: "update this software; the store was not changed",
  },
  STORE_CORRUPT: {
    ...LOCAL,
    code: 0xe0c50506,
    sentence: "expected a sound store[ at {path}], found it damaged[: {detail}]",
    remedy: "restore it from a backup; the damaged file was not changed",
  },
  STORE_MISSING: {
    ...USAGE,
    code: 0xe0c50507,
    sentence: "expected a {role} in the data directory[ {path}], found none",
    remedy: "run countersign {role} init, or name its directory with --data",
  },
  PORT_IN_USE: {
    ...CONFLICT,
    code: 0xe0c50508,
    sentence: "expected port {port} to be free, found it in use",
    remedy: "stop the other program, or choose another port; a server that runs Microsoft's KMS needs another port",
  },
  KEY_FILE_MISSING: {
    ...LOCAL,
    code: 0xe0c50509,
    sentence: "expected the private key[ {name}], found none[: {detail}]",
    remedy: "restore the key directory from its backup",
  },
  KEY_FILE_EXPOSED: {
    ...LOCAL,
    code: 0xe0c5050a,
    exitCode: 2,
    sentence: "expected a key file that only its owner can read, found others can[: {detail}]",
    remedy: "run chmod 600 on it, and think whether somebody read it",
  },
  KEY_FILE_DAMAGED: {
    ...LOCAL,
    code: 0xe0c5050b,
    sentence: "expected a key file as it was written, found it damaged[: {detail}]",
    remedy: "restore the key directory from its backup",
  },
  KEY_PASSPHRASE_WRONG: {
    ...LOCAL,
    code: 0xe0c5050c,
    exitCode: 5,
    sentence: "expected the passphrase of the private key[ {name}], found none or another one",
    remedy: "set COUNTERSIGN_KEY_PASSPHRASE to the passphrase the key was made with",
  },
  KEYRING_UNUSABLE: {
    ...LOCAL,
    code: 0xe0c5050d,
    sentence: "expected a private key that can be used, found one that cannot[: {detail}]",
    remedy: "check the key directory, or the external signer and its configuration",
  },
  EXISTS_ALREADY: {
    ...CONFLICT,
    code: 0xe0c5050e,
    sentence: "expected no {what} of that name, found {name}",
    remedy: "choose another name, or use the one that is there",
  },
  NOT_FOUND: {
    ...USAGE,
    code: 0xe0c5050f,
    rpcCode: "not_found",
    sentence: "expected a known {what}, found {name}",
    remedy: "list what is there and choose one of it",
  },
  FILE_UNREADABLE: {
    ...USAGE,
    code: 0xe0c50510,
    sentence: "expected to read {path}, found that it cannot be[: {detail}]",
    remedy: "check the path and its permissions",
  },
  SERVICE_NOT_RUNNING: {
    ...LOCAL,
    code: 0xe0c50511,
    exitCode: 4,
    sentence: "expected the {role} service[ at {address}], found nothing that listens[: {detail}]",
    remedy: "start the service, or name another address",
  },
  NOT_AUTHORISED: {
    ...LOCAL,
    code: 0xe0c50512,
    rpcCode: "unauthenticated",
    exitCode: 5,
    sentence: "expected an administrator of this service, found somebody else[: {detail}]",
    remedy: "run it as root or as a member of countersign-operators, or give a token with --token-file",
  },
  STOP_REQUESTED: {
    ...LOCAL,
    code: 0xe0c50513,
    exitCode: 130,
    sentence: "expected to finish, found a request to stop",
    remedy: "run the command again: what was committed is kept",
  },
  FILE_UNWRITABLE: {
    ...USAGE,
    code: 0xe0c50514,
    sentence: "expected to write {path}, found that it cannot be[: {detail}]",
    remedy: "check the path, its permissions and the space on its disk",
  },
  OPTION_NOT_APPLICABLE: {
    ...LOCAL,
    code: 0xe0c50515,
    sentence: "expected an option that applies here, found {option}[: {detail}]",
    remedy: "use what stands for it here[: {nearest}]",
  },
  NOT_YET_AVAILABLE: {
    ...LOCAL,
    code: 0xe0c50516,
    sentence: "expected something this version can do, found {what}, which comes with a later one",
    remedy: "go another way until then[: {instead}]",
  },
  AGENT_NOT_BELIEVED: {
    ...LOCAL,
    code: 0xe0c50517,
    exitCode: 6,
    sentence: "expected a lease of this machine that verifies, found that the agent's does not[: {detail}]",
    remedy: "find out what answers on the agent's socket; stop it and start the agent again",
  },
  STORE_BEHIND: {
    ...LOCAL,
    code: 0xe0c50518,
    sentence: "expected a store that can be read as it is, found one that a start must bring up to date[: {detail}]",
    remedy: "start the service once, then ask it; the store was not changed",
  },
} as const satisfies Readonly<Record<string, RefusalRow>>;
