import type { Action, Given, Shell } from "../command.ts";
import { askHost, type HostAdmin } from "../host-door.ts";
import { refused } from "../refusal-report.ts";
import { setUpDirectory } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { instantText, textOf } from "./words.ts";

/** A new token: printed this once. */
export const add: Action = async (given, shell) => {
  const [name, role] = [textOf(given, "name") ?? "", textOf(given, "role") ?? ""];
  const expiresMs = expiryOf(given);
  const { token } = await asked(given, shell, (host) => host.addAdministrator({ name, role, expiresMs }));
  const row = { name, role, expires: instantOf(expiresMs), token };
  shell.terminal.answer({ json: row, rows: [row], short: token, lines: [token] });
  shell.terminal.note("this token is secret; it is shown once and is not stored");
  return EXIT.ok;
};

/** Everybody who has one. */
export const list: Action = async (given, shell) => {
  const { administrators } = await asked(given, shell, (host) => host.listAdministrators({}));
  const rows = administrators.map(({ name, role, createdMs, expiresMs }) => ({
    ...{ name, role, created: instantOf(createdMs) },
    expires: expiresMs === 0n ? "never" : instantOf(expiresMs),
  }));
  shell.terminal.answer({ json: rows, rows, short: rows.map(({ name }) => name).join(" ") });
  return EXIT.ok;
};

/** One less. */
export const revoke: Action = async (given, shell) => {
  const name = textOf(given, "name") ?? "";
  await asked(given, shell, (host) => host.revokeAdministrator({ name }));
  shell.terminal.answer({ json: { name }, rows: [{ name }], short: name, lines: [`token of ${name} revoked`] });
  return EXIT.ok;
};

/** A day means its beginning, UTC. */
function expiryOf(given: Given): bigint {
  const text = textOf(given, "expires");
  if (text === undefined) return 0n;
  const instantMs = /^\d{4}-\d{2}-\d{2}(T[0-9:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(instantMs)) return BigInt(instantMs);
  throw refused("USAGE_INVALID", { expected: "--expires as 2027-01-31 or 2027-01-31T12:00:00Z", found: text });
}

function instantOf(instantMs: bigint): string {
  return instantMs === 0n ? "" : instantText(Number(instantMs));
}

async function asked<T>(given: Given, shell: Shell, ask: (host: HostAdmin) => Promise<T>): Promise<T> {
  return askHost(await setUpDirectory("host", given, shell), ask, shell);
}
