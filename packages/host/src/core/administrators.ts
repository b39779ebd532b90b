import { fromHex, RefusalError, refuse, toHex } from "@countersign/domain";
import { inTurn, type NewEvent } from "@countersign/storage";
import { ADMIN_ROLES, type AdminRole, adminRoleOf } from "./admin-roles.ts";
import type { HostParts } from "./host-parts.ts";

/** Somebody who may administer this host from afar. Instants are the host's guarded time. */
export interface Administrator {
  readonly name: string;
  readonly role: AdminRole;
  readonly createdMs: number;
  /** undefined = never. */
  readonly expiresMs: number | undefined;
}

/** What is kept of a token: enough to know it again, not to use it. */
interface TokenRow extends Administrator {
  readonly sha256: string;
}

/** Tokens of a host, kept in its store. */
export interface Administrators {
  list(): readonly Administrator[];
  /** Answers the token: it can be told this once. Rejects with EXISTS_ALREADY for a name in use. */
  add(wanted: Omit<Administrator, "createdMs">, nowMs: number, event: () => NewEvent): Promise<string>;
  /** Rejects with NOT_FOUND. From its commit on the token opens nothing. */
  revoke(name: string, event: () => NewEvent): Promise<void>;
  /** Whose token it is; undefined for none of ours and for one that has ended. */
  knownBy(token: string, nowMs: number): Administrator | undefined;
}

const ROW = "administrators";
const TOKEN_PREFIX = "csadm_";
const TOKEN_BYTES = 32;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** Takes up the tokens of the store. */
export async function openAdministrators(parts: HostParts): Promise<Administrators> {
  let rows = rowsOf((await parts.store.settings()).get(ROW));
  const turn = inTurn();
  const save = async (next: readonly TokenRow[], event: () => NewEvent): Promise<void> => {
    await parts.store.transact(async (unit) => {
      await unit.saveSetting(ROW, next.length === 0 ? undefined : JSON.stringify(next));
      await unit.appendEvents([event()]);
    });
    rows = next;
  };
  return {
    list: () => rows.map(({ sha256: _, ...administrator }) => administrator),
    add: ({ name, role, expiresMs }, nowMs, event) =>
      turn(async () => {
        if (!NAME.test(name)) throw wrong("a name of 1 to 64 letters, digits and . _ @ -", name);
        if (expiresMs !== undefined && expiresMs <= nowMs) throw wrong("an end in the future", "one that is past");
        if (rows.some((row) => row.name === name))
          throw new RefusalError(refuse("EXISTS_ALREADY", { what: "administrator", name }));
        const token = `${TOKEN_PREFIX}${toHex(parts.random(TOKEN_BYTES))}`;
        await save([...rows, { name, role, createdMs: nowMs, expiresMs, sha256: hashOf(token, parts) }], event);
        return token;
      }),
    revoke: (name, event) =>
      turn(async () => {
        const others = rows.filter((row) => row.name !== name);
        if (others.length === rows.length) {
          const known = rows.map((row) => row.name).join(", ") || "none";
          throw new RefusalError(refuse("NOT_FOUND", { what: "administrator", name: `${name} (known: ${known})` }));
        }
        await save(others, event);
      }),
    knownBy(token, nowMs) {
      const presented = fromHex(hashOf(token, parts)) ?? new Uint8Array(0);
      // Every row is compared whole, so that the time says nothing of which was nearest.
      const [row] = rows.filter(({ sha256 }) => isSame(fromHex(sha256) ?? new Uint8Array(0), presented));
      return row !== undefined && (row.expiresMs === undefined || nowMs < row.expiresMs) ? row : undefined;
    },
  };
}

/** A role as a word from outside says it. */
export function roleNamed(text: string): AdminRole {
  const role = adminRoleOf(text);
  if (role === undefined) throw wrong(`a role: ${ADMIN_ROLES.join(", ")}`, text);
  return role;
}

function hashOf(token: string, { cryptography }: HostParts): string {
  return toHex(cryptography.sha256(new TextEncoder().encode(token)));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function rowsOf(stored: string | undefined): readonly TokenRow[] {
  if (stored === undefined) return [];
  const found = parsed(stored);
  if (Array.isArray(found) && found.every(isRow)) return found;
  throw new RefusalError(refuse("STORE_CORRUPT", { detail: "the list of administrators is none" }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by what is asked of it next.
  }
}

function isRow(found: unknown): found is TokenRow {
  if (typeof found !== "object" || found === null) return false;
  const { name, role, createdMs, expiresMs, sha256 } = found as Partial<TokenRow>;
  const isTime = expiresMs === undefined || Number.isFinite(expiresMs);
  const isHash = typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256);
  return (
    typeof name === "string" &&
    adminRoleOf(String(role)) !== undefined &&
    Number.isFinite(createdMs) &&
    isTime &&
    isHash
  );
}

function wrong(expected: string, found: string): RefusalError {
  return new RefusalError(refuse("USAGE_INVALID", { expected, found }));
}
