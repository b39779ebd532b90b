// How findings say times, amounts and names: the same everywhere.

/** An hour of a clock that is not set. */
export const HOUR_MS = 3_600_000;
/** Twenty-four of them: days are spans here, never dates. */
export const DAY_MS = 24 * HOUR_MS;

/** `2026-11-25`, UTC; an instant that no calendar holds is its number. */
export function dayText(atMs: number): string {
  return instantText(atMs).slice(0, 10);
}

/** `2026-11-25 09:00 UTC`; an instant that no calendar holds is its number. */
export function instantText(atMs: number): string {
  const at = new Date(atMs);
  if (Number.isNaN(at.getTime())) return `${atMs}`;
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `3 days`, `9 hours`, `12 minutes`: the unit that leaves a number of at least 2, of a time in either direction. */
export function spanText(spanMs: number): string {
  const minutes = Math.round(Math.abs(spanMs) / 60_000);
  if (minutes < 120) return counted(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 48 ? counted(hours, "hour") : counted(Math.round(hours / 24), "day");
}

/** `1 machine`, `3 machines`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `a, b, c and 4 more`; "" of nothing. */
export function firstOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  const shown = names.slice(0, most).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Each name once, in the order of the first. */
export function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** One word of a POSIX shell, quoted where it must be: nothing from the network may become a command. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `reason: detail`, or the one of them that there is. */
export function reasonText({ reason, detail }: { readonly reason: string; readonly detail: string }): string {
  return [reason, detail].filter((text) => text !== "").join(": ");
}
