import { fromUuid, RefusalError, refuse } from "@countersign/domain";

/** The parameters of a request as they came. */
export type Params = Readonly<Record<string, unknown>>;

const LONGEST_TEXT = 512;

/** A text that must be there; every reader throws USAGE_INVALID, naming the parameter. */
export function textParam(params: Params, name: string): string {
  const value = params[name];
  if (typeof value === "string" && value !== "" && value.length <= LONGEST_TEXT) return value;
  throw wrong(`"${name}" to be a text of 1 to ${LONGEST_TEXT} characters`, value);
}

/** A text that may be left out. */
export function optionalText(params: Params, name: string): string | undefined {
  return params[name] === undefined ? undefined : textParam(params, name);
}

/** A whole number of at least `least` that may be left out. */
export function optionalCount(params: Params, name: string, least: number): number | undefined {
  const value = params[name];
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && Number(value) >= least) return Number(value);
  throw wrong(`"${name}" to be a whole number of at least ${least}`, value);
}

/** A UUID as 16 bytes. */
export function uuidParam(params: Params, name: string): Uint8Array {
  const value = params[name];
  const bytes = typeof value === "string" ? fromUuid(value) : undefined;
  if (bytes !== undefined) return bytes;
  throw wrong(`"${name}" to be a UUID`, value);
}

/** A UUID that may be left out. */
export function optionalUuid(params: Params, name: string): Uint8Array | undefined {
  return params[name] === undefined ? undefined : uuidParam(params, name);
}

/** A publisher's id: 32 lower-case hexadecimal digits. */
export function publisherParam(params: Params): string {
  const value = params["publisherId"];
  if (typeof value === "string" && /^[0-9a-f]{32}$/.test(value)) return value;
  throw wrong('"publisherId" to be 32 lower-case hexadecimal digits', value);
}

/** A publisher's id that may be left out. */
export function optionalPublisher(params: Params): string | undefined {
  return params["publisherId"] === undefined ? undefined : publisherParam(params);
}

/** USAGE_INVALID: what was expected of the request, and what it held. */
export function wrong(expected: string, found: unknown): RefusalError {
  const shown = found === undefined ? "nothing" : (JSON.stringify(found)?.slice(0, 80) ?? "something else");
  return new RefusalError(refuse("USAGE_INVALID", { expected, found: shown }));
}
