import { readFile } from "node:fs/promises";
import type { Client } from "@connectrpc/connect";
import { unarmour } from "@countersign/protocol";
import { HostAdminService, type SeatStatus } from "@countersign/protocol/gen/host_admin";
import { adminClient, targetDirectory } from "../admin-client.ts";
import type { Action, Given, Shell } from "../command.ts";
import { refused } from "../error-report.ts";
import { EXIT, fieldLines } from "../terminal.ts";
import { dateText, hexText, textOf } from "./words.ts";

/** Lets the host serve one publisher more. */
export const addTrust: Action = async (given, shell) => {
  const path = textOf(given, "file") ?? "";
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.message });
  });
  const read = unarmour(text);
  if (!read.ok) throw refused("ARMOUR_INVALID", { detail: path });
  const added = await (await connected(given, shell)).addTrust({ trustFile: read.value.bytes });
  const row = { publisher: added.publisherName, publisherId: hexText(added.publisherId) };
  const lines = [`publisher ${row.publisher} trusted, ${row.publisherId}`];
  shell.terminal.answer({ json: row, rows: [row], short: row.publisherId, lines });
  return EXIT.ok;
};

/** Installs a host key; the host says whose it is. */
export const installKey: Action = async (given, shell) => {
  const word = textOf(given, "key") ?? "";
  const productKey = word === "-" ? (await stdinText()).trim() : word;
  const installed = await (await connected(given, shell)).installKey({ productKey });
  const row = {
    publisher: installed.publisherName,
    publisherId: hexText(installed.publisherId),
    lastFive: installed.partialKey,
    keyGroup: installed.keyGroup,
  };
  const lines = [`host key …${row.lastFive} of ${row.publisher} installed; next: countersign host activate`];
  shell.terminal.answer({ json: row, rows: [row], short: row.lastFive, lines });
  return EXIT.ok;
};

/** Activates every seat that has a key. */
export const activate: Action = async (given, shell) => {
  const { seats } = await (await connected(given, shell)).activateOnline({});
  const rows = seats.map(seatRow);
  const lines = rows.map((row) => `host ${row.status} for ${row.publisher} until ${row.validUntil}`);
  shell.terminal.answer({ json: rows, rows, short: rows.map((row) => row.status).join(" "), lines });
  return isLicensed(seats) ? EXIT.ok : EXIT.notActivated;
};

/** Counts, requests and seats. */
export const status: Action = async (given, shell) => {
  const found = await (await connected(given, shell)).getStatus({});
  const fields = {
    hostId: hexText(found.hostId),
    version: found.softwareVersion,
    port: found.listeningPort,
    dataDirectory: found.dataDirectory,
    clock: found.clockSuspect ? "suspect" : "trusted",
  };
  const seats = found.seats.map((seat) => ({ ...seatRow(seat), counts: countRows(seat), requests: requestRow(seat) }));
  const lines = [
    ...fieldLines(fields),
    ...seats.flatMap(({ counts, requests, ...seat }) => [
      "",
      ...fieldLines(seat),
      ...counts.flatMap((count) => fieldLines({ [`count of ${count.application}`]: countText(count) })),
      ...fieldLines({ requests: `${requests.total} in all, ${requests.licensed} licensed, ${requests.failed} failed` }),
    ]),
  ];
  const rows = seats.flatMap(({ counts, requests, ...seat }) =>
    counts.map((count) => ({ ...seat, ...count, requests: requests.total, failed: requests.failed })),
  );
  const current = Math.max(0, ...seats.flatMap(({ counts }) => counts.map((count) => count.currentCount)));
  shell.terminal.answer({ json: { ...fields, seats }, rows, short: String(current), lines });
  return isLicensed(found.seats) ? EXIT.ok : EXIT.notActivated;
};

async function connected(given: Given, shell: Shell): Promise<Client<typeof HostAdminService>> {
  return adminClient(HostAdminService, "host", await targetDirectory("host", given, shell));
}

async function stdinText(): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of process.stdin) chunks.push(String(chunk));
  return chunks.join("");
}

function isLicensed(seats: readonly SeatStatus[]): boolean {
  return seats.length > 0 && seats.every((seat) => seat.hostStatus === "licensed");
}

function seatRow(seat: SeatStatus) {
  return {
    publisher: seat.publisherName,
    status: seat.hostStatus,
    reason: seat.reason,
    lastFive: seat.partialKey,
    validUntil: dateText(seat.notAfterMs),
    testSite: seat.testSite,
  };
}

function countRows(seat: SeatStatus) {
  return seat.counts.map((count) => ({
    application: count.applicationName,
    currentCount: count.currentCount,
    machinesSeen: count.machinesSeen,
    largestRequiredCount: count.largestRequiredCount,
  }));
}

function countText(count: ReturnType<typeof countRows>[number]): string {
  return `${count.currentCount} (${count.machinesSeen} machines seen; products need up to ${count.largestRequiredCount})`;
}

function requestRow({ requests }: SeatStatus) {
  const { total = 0n, failed = 0n, licensed = 0n, unlicensed = 0n, notification = 0n } = requests ?? {};
  const { initialGrace = 0n, additionalGrace = 0n, nonGenuineGrace = 0n, extendedGrace = 0n } = requests ?? {};
  const counters = {
    ...{ total, failed, unlicensed, licensed, initialGrace, additionalGrace },
    ...{ nonGenuineGrace, notification, extendedGrace },
  };
  const numbers = Object.entries(counters).map(([name, value]) => [name, Number(value)] as const);
  return Object.fromEntries(numbers) as { readonly [Name in keyof typeof counters]: number };
}
