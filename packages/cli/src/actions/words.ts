import type { Given } from "../command.ts";
import { refused } from "../refusal-report.ts";

/** The text of an option or operand; undefined where it was not given. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number of an option, within bounds; `fallback` where it was not given. */
export function countOf(
  given: Given,
  name: string,
  bounds: { readonly fallback: number; readonly least: number; readonly most: number },
): number {
  return optionalCountOf(given, name, bounds) ?? bounds.fallback;
}

/** The same; undefined where it was not given. */
export function optionalCountOf(
  given: Given,
  name: string,
  bounds: { readonly least: number; readonly most: number },
): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= bounds.least && value <= bounds.most) return value;
  throw refused("USAGE_INVALID", {
    expected: `--${optionName(name)} to be a whole number from ${bounds.least} to ${bounds.most}`,
    found: text,
  });
}

/** One of a few words. */
export function choiceOf<const Word extends string>(given: Given, name: string, words: readonly Word[]): Word {
  const text = textOf(given, name) ?? "";
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw refused("USAGE_INVALID", { expected: `--${optionName(name)} to be ${words.join(" or ")}`, found: text });
}

const MOST_NAMES = 5;

/** NOT_FOUND that says what is known, as far as it fits a line. */
export function unknownName(what: string, wanted: string, known: readonly { readonly name: string }[]) {
  const names = known.slice(0, MOST_NAMES).map(({ name }) => name);
  const all = known.length > MOST_NAMES ? [...names, "…"] : names;
  return refused("NOT_FOUND", { what, name: `${wanted} (known: ${all.join(", ") || "none yet"})` });
}

/** Lower-case hex. */
export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `2026-11-24`, or "" for no instant. */
export function dateText(instantMs: bigint): string {
  return instantMs === 0n ? "" : new Date(Number(instantMs)).toISOString().slice(0, 10);
}

/** RFC 3339 in UTC, or "" for none. */
export function instantText(instantMs: number | undefined): string {
  return instantMs === undefined ? "" : new Date(instantMs).toISOString();
}

function optionName(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
