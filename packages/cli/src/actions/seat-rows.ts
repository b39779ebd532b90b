import type { SeatStatus } from "@countersign/protocol/gen/host_admin";
import { dateText } from "./words.ts";

/** One seat: whose, and whether it may serve. */
export function seatRow(seat: SeatStatus) {
  return {
    publisher: seat.publisherName,
    status: seat.hostStatus,
    reason: seat.reason,
    lastFive: seat.partialKey,
    validUntil: dateText(seat.notAfterMs),
    testSite: seat.testSite,
  };
}

/** The counts of a seat, one an application. */
export function countRows(seat: SeatStatus) {
  return seat.counts.map((count) => ({
    application: count.applicationName,
    currentCount: count.currentCount,
    machinesSeen: count.machinesSeen,
    largestRequiredCount: count.largestRequiredCount,
  }));
}

/** A count for people. */
export function countText(count: ReturnType<typeof countRows>[number]): string {
  return `${count.currentCount} (${count.machinesSeen} machines seen; products need up to ${count.largestRequiredCount})`;
}

/** The cumulative request counters of a seat. */
export function requestRow({ requests }: SeatStatus) {
  const { total = 0n, failed = 0n, licensed = 0n, unlicensed = 0n, notification = 0n } = requests ?? {};
  const { initialGrace = 0n, additionalGrace = 0n, nonGenuineGrace = 0n, extendedGrace = 0n } = requests ?? {};
  const counters = {
    ...{ total, failed, unlicensed, licensed, initialGrace, additionalGrace },
    ...{ nonGenuineGrace, notification, extendedGrace },
  };
  const numbers = Object.entries(counters).map(([name, value]) => [name, Number(value)] as const);
  return Object.fromEntries(numbers) as { readonly [Name in keyof typeof counters]: number };
}
