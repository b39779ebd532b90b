import { parseProductKey } from "./product-key.ts";
import { type Refusal, refuse } from "./refusal.ts";

/**
 * Why a typed key is of no publisher with one of these masks: it is misspelt, or another publisher's. One wrong symbol is
 * told for certain enough (a foreign key looks like that once in 1,353 times); two are only probable (once in 4), so
 * both readings are named. What it probably was is shown and never taken: the person types it.
 */
export function refuseTypedKey(text: string, masks: readonly number[]): Refusal {
  const readings = masks.map((mask) => parseProductKey(text, mask)).filter((reading) => !reading.ok);
  const shapeless = readings.find(({ problem }) => problem !== "check");
  if (shapeless !== undefined) return refuse("KEY_INVALID", { detail: shapeless.found });
  const closest = readings
    .filter(({ suggestions }) => suggestions.length > 0)
    .toSorted((a, b) => a.suggestions.length - b.suggestions.length)[0];
  if (closest === undefined) return refuse("KEY_FOR_OTHER_PUBLISHER");
  const { suggestions } = closest;
  const positions = suggestions.map(({ position }) => position).join(" and ");
  const wrong = suggestions.length === 1 ? "a wrong symbol at position" : "wrong symbols at positions";
  const detail = `${wrong} ${positions}${suggestions.length === 1 ? "" : ", or a key of another publisher"}`;
  const suggestion = suggestions
    .map(({ suggested, found, position }) => `${suggested} instead of ${found} at position ${position}`)
    .join(" and ");
  return refuse("KEY_INVALID", { detail, suggestion });
}
