// A process of its own that opens a file keyring and does one thing to it, then dies the hard way.
import { writeSync } from "node:fs";
import { openFileKeyring } from "../src/file/index.ts";
import { KeyFault, type Keyring } from "../src/index.ts";

/** What this process can be told to do; `…-unkept` are the mutants that say "done" before it is. */
const DEEDS: Readonly<Record<string, (keyring: Keyring) => Promise<void>>> = {
  key: async (keyring) => {
    const { publicKey } = await keyring.createKey("made");
    die(Buffer.from(publicKey).toString("hex"));
  },
  "key-unkept": async (keyring) => {
    void keyring.createKey("made");
    die("00".repeat(32));
  },
  secret: async (keyring) => {
    await keyring.putSecret("put", Buffer.from("after"));
    die("kept");
  },
  "secret-unkept": async (keyring) => {
    void keyring.putSecret("put", Buffer.from("after"));
    die("kept");
  },
  removal: async (keyring) => {
    await keyring.removeSecret("put");
    die("removed");
  },
  /** Waits at the start line, so that several processes run for one name at once. */
  race: async (keyring) => {
    say("ready");
    for await (const _ of process.stdin) break;
    try {
      const { publicKey } = await keyring.createKey("made");
      say(`won ${Buffer.from(publicKey).toString("hex")}`);
    } catch (fault) {
      say(fault instanceof KeyFault ? `lost ${fault.reason}` : `broke ${fault}`);
    }
    process.exit(0);
  },
};

const [directory = "", deed = "", passphrase] = process.argv.slice(2);
await DEEDS[deed]?.(await openFileKeyring({ directory, passphrase }));

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function die(line: string): void {
  say(line);
  process.kill(process.pid, "SIGKILL");
}
