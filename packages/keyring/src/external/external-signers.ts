import { createPublicKey, verify } from "node:crypto";
import { ED25519, type Signer } from "@countersign/domain";
import { checkedName, KeyFault } from "../keyring.ts";
import { REQUEST_KIND, type RequestKind } from "./frames.ts";
import { type SignerCommand, type SignerProcess, startSignerProcess } from "./signer-process.ts";

/** Keys in another process: hardware, or a place this process may not read (protocol.md §6.6). */
export interface ExternalSigners {
  /** Asks for the public key once. KeyFault "missing", "passphrase" or "unavailable". */
  signer(name: string): Promise<Signer>;
  /** Waits for what was asked, then ends the process. Whoever asks afterwards gets "unavailable". */
  close(): Promise<void>;
}

const PUBLIC_KEY_BYTES = 32;
/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 §4). */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

type Ask = (key: string, kind: RequestKind, payload: Uint8Array) => Promise<Uint8Array>;

/** The process is started at the first use, and again at the next use after it died. One question a key at a time. */
export function openExternalSigners(command: SignerCommand): ExternalSigners {
  const signers = new Map<string, Signer>();
  const { ask, close } = askInTurn(command);
  return {
    signer: async (name) => {
      const known = signers.get(checkedName(name));
      if (known !== undefined) return known;
      const signer = signerOf(name, await ask(name, REQUEST_KIND.publicKey, new Uint8Array(0)), ask);
      signers.set(name, signer);
      return signer;
    },
    close,
  };
}

/** A token does one thing with a key at a time (protocol.md §6.5); questions to other keys do not wait. */
function askInTurn(command: SignerCommand): { readonly ask: Ask; close(): Promise<void> } {
  const turns = new Map<string, Promise<unknown>>();
  let running: SignerProcess | undefined;
  let isClosed = false;
  const ask: Ask = async (key, kind, payload) => {
    if (isClosed) throw closed(command);
    const answer = (turns.get(key) ?? Promise.resolve()).then(() => {
      if (running?.isUsable !== true) running = startSignerProcess(command);
      return running.ask({ kind, key, payload });
    });
    // The next question waits for this one, answered or not; its failure reaches its own asker.
    const settled = answer.catch(() => undefined);
    turns.set(key, settled);
    return answer;
  };
  const close = async () => {
    isClosed = true;
    await Promise.all(turns.values());
    await running?.stop();
  };
  return { ask, close };
}

/** From the answer to a question for a public key: algorithm(1) | public key. */
function signerOf(name: string, answer: Uint8Array, ask: Ask): Signer {
  const publicKey = answer.slice(1);
  if (answer[0] !== ED25519 || publicKey.length !== PUBLIC_KEY_BYTES)
    throw new KeyFault(
      "unavailable",
      `expected an Ed25519 public key of the signer's key "${name}", found ${answer.length} bytes, algorithm ${answer[0]}`,
      "give the key the type that countersign signs with",
    );
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: "der", type: "spki" });
  return {
    algorithm: ED25519,
    publicKey,
    sign: async (message) => {
      // A copy: while it waits for its turn, the bytes are its caller's to change.
      const payload = new Uint8Array(message);
      const signature = await ask(name, REQUEST_KIND.sign, payload);
      // A device at fault must not speak for us: a wrong Ed25519 signature can give its key away.
      if (verify(null, payload, key, signature)) return signature;
      throw new KeyFault(
        "unavailable",
        `expected a signature under the public key of "${name}", found ${signature.length} bytes that are none`,
        "look at the signer: its key may have been replaced, or the device is at fault",
      );
    },
  };
}

function closed({ command }: SignerCommand): KeyFault {
  const message = `expected an answer of the signer ${command}, found it closed with the process that used it`;
  return new KeyFault("unavailable", message, "start the process again");
}
