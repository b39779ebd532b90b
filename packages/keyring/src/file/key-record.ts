import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from "node:crypto";
import { KeyFault } from "../keyring.ts";

/** What a record holds: a key's 32-byte seed, or a secret's bytes. */
export type RecordKind = "key" | "secret";

/** Which record is meant, and what the fault messages call it. */
export interface RecordName {
  readonly kind: RecordKind;
  readonly name: string;
  readonly path: string;
}

/** Turns contents into the bytes of a file and back, with a passphrase or without one. */
export interface RecordSeal {
  write(record: RecordName, contents: Uint8Array): Promise<Uint8Array>;
  /** KeyFault "damaged", or "passphrase" when one is needed or it is another one. */
  read(record: RecordName, file: Uint8Array): Promise<Uint8Array>;
}

/*
 * A record: magic(4) | version(1) | kind(1) | name length(1) | name | scheme(1) | body | checksum(8).
 * Scheme 0, open: the body is the contents. Scheme 1, sealed: salt(16) | iv(12) | AES-256-GCM ciphertext | tag(16), and
 * everything before the ciphertext is authenticated with it, so that no record passes for another. The checksum is the
 * start of SHA-256 over all before it: it tells a flipped bit, which in an open record is another valid key and in a
 * sealed one looks like another passphrase.
 */
const MAGIC = Buffer.from("CSKR");
const VERSION = 1;
const KINDS: Readonly<Record<RecordKind, number>> = { key: 1, secret: 2 };
const OPEN = 0;
const SEALED = 1;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CHECKSUM_BYTES = 8;
/** OWASP's parameters for 32 MiB. They belong to the scheme: no file chooses how much work reading it costs. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 << 20 };

/** Records as one process writes them: its passphrase costs one derivation a salt, not one a file. */
export function recordSeal(passphrase: string | undefined): RecordSeal {
  if (passphrase === "") throw emptyPassphrase();
  const salt = randomBytes(SALT_BYTES);
  const keys = new Map<string, Promise<Uint8Array>>();
  const keyFor = (phrase: string, { salt: of, record }: { readonly salt: Uint8Array; readonly record: RecordName }) => {
    const known = keys.get(String(of)) ?? derivedKey(phrase, of, record);
    keys.set(String(of), known);
    return known;
  };
  return {
    write: async (record, contents) => {
      if (passphrase === undefined) return withChecksum(headerOf(record, OPEN), contents);
      const header = Buffer.concat([headerOf(record, SEALED), salt, randomBytes(IV_BYTES)]);
      const iv = header.subarray(-IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", await keyFor(passphrase, { salt, record }), iv).setAAD(header);
      return withChecksum(header, cipher.update(contents), cipher.final(), cipher.getAuthTag());
    },
    read: async (record, file) => {
      const { scheme, header, body } = openRecord(record, file);
      if (scheme === OPEN) return body;
      if (passphrase === undefined) throw wrongPassphrase(record, "none");
      const parts = sealedParts(record, body);
      const key = await keyFor(passphrase, { salt: parts.salt, record });
      const decipher = createDecipheriv("aes-256-gcm", key, parts.iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.concat([header, parts.salt, parts.iv])).setAuthTag(parts.tag);
      const contents = decipher.update(parts.ciphertext);
      try {
        return new Uint8Array(Buffer.concat([contents, decipher.final()]));
      } catch (error) {
        throw wrongPassphrase(record, "another one", error);
      }
    },
  };
}

function headerOf({ kind, name }: RecordName, scheme: number): Buffer {
  const text = Buffer.from(name, "ascii");
  return Buffer.concat([MAGIC, Buffer.from([VERSION, KINDS[kind], text.length]), text, Buffer.from([scheme])]);
}

function withChecksum(...parts: readonly Uint8Array[]): Uint8Array {
  const record = Buffer.concat(parts);
  return new Uint8Array(Buffer.concat([record, checksumOf(record)]));
}

/** The parts of a record that is whole and the one meant. */
function openRecord(record: RecordName, file: Uint8Array) {
  const bodyAt = headerOf(record, OPEN).length;
  const end = file.length - CHECKSUM_BYTES;
  if (end < bodyAt || !MAGIC.equals(file.subarray(0, MAGIC.length))) throw damaged(record, "bytes that are no record");
  if (!checksumOf(file.subarray(0, end)).equals(file.subarray(end))) throw damaged(record, "bytes that changed");
  const version = file[MAGIC.length];
  if (version !== VERSION) throw damaged(record, `a record of version ${version}`, "use the software that wrote it");
  const scheme = file[bodyAt - 1] ?? -1;
  const header = file.slice(0, bodyAt);
  if (!headerOf(record, scheme).equals(header)) throw damaged(record, "the record of another name");
  if (scheme !== OPEN && scheme !== SEALED) throw damaged(record, `a record of scheme ${scheme}`);
  return { scheme, header, body: file.slice(bodyAt, end) };
}

function sealedParts(record: RecordName, body: Uint8Array) {
  const ciphertextAt = SALT_BYTES + IV_BYTES;
  const tagAt = body.length - TAG_BYTES;
  if (tagAt < ciphertextAt) throw damaged(record, `a sealed part of ${body.length} bytes`);
  return {
    salt: body.slice(0, SALT_BYTES),
    iv: body.slice(SALT_BYTES, ciphertextAt),
    ciphertext: body.slice(ciphertextAt, tagAt),
    tag: body.slice(tagAt),
  };
}

function checksumOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, CHECKSUM_BYTES);
}

/** One passphrase has several spellings in Unicode; a keyboard chooses, so NFC does. */
function derivedKey(passphrase: string, salt: Uint8Array, { path }: RecordName): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), salt, 32, SCRYPT, (cause, key) => {
      if (cause === null) return resolve(new Uint8Array(key));
      const found = `expected 32 MiB to derive the key of ${path}, found ${cause.message}`;
      reject(new KeyFault("unavailable", found, "give the process more memory", { cause }));
    });
  });
}

function damaged({ kind, name, path }: RecordName, found: string, remedy = "restore the file from a backup"): KeyFault {
  return new KeyFault("damaged", `${path}: expected the ${kind} "${name}", found ${found}`, remedy);
}

function wrongPassphrase({ kind, name, path }: RecordName, found: string, cause?: unknown): KeyFault {
  const message = `${path}: expected the passphrase of the ${kind} "${name}", found ${found}`;
  return new KeyFault("passphrase", message, "give the passphrase this record was sealed with", { cause });
}

/** An unset variable in a script must not seal keys with nothing. */
function emptyPassphrase(): KeyFault {
  const message = "expected a passphrase of at least one character, found an empty one";
  return new KeyFault("passphrase", message, "give one, or none at all");
}
