const MINUTES_A_DAY = 1440;

/** `N minute(s) (D day(s))`, days rounded up as Windows 8 and later do (kms-behaviour.md §5.1). */
export function durationText(minutes: number): string {
  return `${minutes} minute(s) (${Math.ceil(minutes / MINUTES_A_DAY)} day(s))`;
}

/** `2026-11-24 21:13:05 UTC`; an instant no calendar holds is printed as its number. */
export function instantText(instantMs: number): string {
  const at = new Date(instantMs);
  if (Number.isNaN(at.getTime())) return `${instantMs}`;
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
