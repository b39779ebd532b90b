import type { CountFacts } from "../facts/host-facts.ts";

const DAY_MS = 86_400_000;
/** A machine counts for so long after its last contact (protocol.md §8.1). */
const WINDOW_DAYS = 30;
/** A renewal is planned up to a tenth later than its interval, and a machine may be off for a day. */
const LATEST_RENEWAL = 1.1;
const SLACK_DAYS = 1;

/** What becomes of one application's count at one of its thresholds. */
export interface CountForecast {
  readonly applicationName: string;
  readonly productName: string;
  readonly requiredCount: number;
  /** Machines that count today, and those of them that are overdue: they leave 30 days after their last contact. */
  readonly machines: number;
  readonly overdue: number;
  /** Machines that come new and that fall silent, each day, as in the last 30 days. */
  readonly gainedPerDay: number;
  readonly lostPerDay: number;
  /** The first day on which the count is below the threshold; undefined: not within the horizon. */
  readonly fallsMs: number | undefined;
  /** So many machines more, each asking at least once in 30 days, keep the count at the threshold over the horizon. */
  readonly missing: number;
}

/** How far to look, and how often machines renew. */
export interface ForecastTerms {
  readonly nowMs: number;
  readonly horizonDays: number;
  readonly renewalDays: number;
}

/**
 * Every threshold that the count meets today. Machines whose renewal is overdue are taken for gone and leave on their day;
 * after them others go and come as fast as in the last 30 days.
 */
export function forecastCount(count: CountFacts, terms: ForecastTerms): readonly CountForecast[] {
  const { applicationName, machinesSeen, newMachines, lastContacts, thresholds } = count;
  const overdueDays = Math.min(WINDOW_DAYS - 1, terms.renewalDays * LATEST_RENEWAL + SLACK_DAYS);
  const leaving = lastContacts
    .map(({ dayMs, machines }) => ({ age: (terms.nowMs - dayMs) / DAY_MS, machines }))
    .filter(({ age }) => age < WINDOW_DAYS + 1 && age - 1 > overdueDays)
    .map(({ age, machines }) => ({ inDays: Math.max(0, WINDOW_DAYS - age), machines }));
  const overdue = leaving.reduce((sum, { machines }) => sum + machines, 0);
  const lostPerDay = overdue / (WINDOW_DAYS - overdueDays);
  const gainedPerDay = newMachines / WINDOW_DAYS;
  const countIn = (days: number) => {
    const left = leaving.filter(({ inDays }) => inDays <= days).reduce((sum, { machines }) => sum + machines, 0);
    const beyond = Math.max(0, days - (WINDOW_DAYS - overdueDays));
    return Math.max(0, Math.round(machinesSeen - left - lostPerDay * beyond + gainedPerDay * days));
  };
  return thresholds
    .filter(({ requiredCount }) => machinesSeen >= requiredCount)
    .map(({ productName, requiredCount }) => {
      const days = Array.from({ length: terms.horizonDays + 1 }, (_, day) => day);
      const falls = days.find((day) => countIn(day) < requiredCount);
      const lowest = Math.min(...days.map((day) => countIn(day)));
      return {
        ...{ applicationName, productName, requiredCount, machines: machinesSeen, overdue, gainedPerDay, lostPerDay },
        fallsMs: falls === undefined ? undefined : terms.nowMs + falls * DAY_MS,
        missing: Math.max(0, requiredCount - lowest),
      };
    });
}

/** The days between two renewals of this host's machines, from its setting; a policy's seven where it leaves it to them. */
export function renewalDaysOf(settings: Readonly<Record<string, { readonly value: string }>>): number {
  const minutes = Number(settings["renewalIntervalMinutes"]?.value ?? "");
  return Number.isFinite(minutes) && minutes > 0 ? minutes / 1440 : 7;
}
