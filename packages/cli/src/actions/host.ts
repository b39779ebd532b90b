import { readFile } from "node:fs/promises";
import type { SeatStatus } from "@countersign/protocol/gen/host_admin";
import type { Action, Given, Shell } from "../command.ts";
import { firewallLines } from "../firewall.ts";
import { askHost, type HostAdmin, makeHost } from "../host-door.ts";
import { DEFAULT_PORTS } from "../places.ts";
import { refused } from "../refusal-report.ts";
import { isSetUp, setUpDirectory, targetDirectory } from "../target.ts";
import { EXIT, fieldLines } from "../terminal.ts";
import { eventLogFacts, eventLogText } from "./event-log-rows.ts";
import { publishedText } from "./host-dns.ts";
import { countRows, countText, requestRow, seatRow } from "./seat-rows.ts";
import { countOf, hexText, instantText, optionalCountOf, textOf } from "./words.ts";

/** An empty host: its store and identity. Changes no firewall, only says how. */
export const init: Action = async (given, shell) => {
  const directory = await targetDirectory("host", given, shell);
  const port = countOf(given, "port", { fallback: DEFAULT_PORTS.activation, least: 1, most: 65_535 });
  const wasThere = await isSetUp("host", directory);
  const hostId = hexText(await makeHost(directory, shell));
  for (const line of firewallLines(port)) shell.terminal.note(line);
  const done = wasThere ? "was there already" : "made";
  const lines = [`host ${hostId} ${done} in ${directory}; next: countersign host trust add <file>`];
  shell.terminal.answer({ json: { hostId, directory }, rows: [{ hostId, directory }], short: hostId, lines });
  return EXIT.ok;
};

/** The host itself, until it is told to stop. */
export const serve: Action = async (given, shell) => {
  const dataDirectory = await setUpDirectory("host", given, shell);
  const { readHostConfiguration, startHost } = await import("@countersign/host/main");
  const { env, platform } = shell;
  const { configuration } = await readHostConfiguration({ env, platform, configFile: textOf(given, "config") });
  const host = await startHost({
    ...configuration,
    dataDirectory,
    listenAddress: textOf(given, "listen"),
    adminListenAddress: textOf(given, "adminListen"),
    port: optionalCountOf(given, "port", { least: 0, most: 65_535 }),
    adminPort: optionalCountOf(given, "adminPort", { least: 0, most: 65_535 }),
    logLevel: textOf(given, "logLevel"),
  });
  const row = { port: host.port, adminPort: host.adminPort, data: dataDirectory };
  const lines = [`host ready on port ${host.port}, health on ${host.adminPort}; Ctrl-C stops it`];
  shell.terminal.answer({ json: row, rows: [row], short: String(host.port), lines });
  await shell.interrupted;
  await host.stop();
  return EXIT.ok;
};

/** Lets the host serve one publisher more. */
export const addTrust: Action = async (given, shell) => {
  const path = textOf(given, "file") ?? "";
  const trustFile = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
  const added = await asked(given, shell, (host) => host.addTrust({ trustFile }));
  const row = { publisher: added.publisherName, publisherId: hexText(added.publisherId) };
  const lines = [`publisher ${row.publisher} trusted, ${row.publisherId}`];
  shell.terminal.answer({ json: row, rows: [row], short: row.publisherId, lines });
  return EXIT.ok;
};

/** Installs a host key; the host says whose it is. */
export const installKey: Action = async (given, shell) => {
  const word = textOf(given, "key") ?? "";
  const productKey = word === "-" ? (await shell.readInput()).trim() : word;
  const installed = await asked(given, shell, (host) => host.installKey({ productKey }));
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
  const { seats } = await asked(given, shell, (host) => host.activateOnline({}));
  const rows = seats.map(seatRow);
  const lines = rows.map((row) => `host ${row.status} for ${row.publisher} until ${row.validUntil}`);
  shell.terminal.answer({ json: rows, rows, short: rows.map((row) => row.status).join(" "), lines });
  return isLicensed(seats) ? EXIT.ok : EXIT.notActivated;
};

/** Counts, requests and seats. */
export const status: Action = async (given, shell) => {
  const { found, isServing } = await asked(given, shell, async (host, serving) => ({
    found: await host.getStatus({}),
    isServing: serving,
  }));
  const fields = {
    hostId: hexText(found.hostId),
    version: found.softwareVersion,
    serving: isServing ? `port ${found.listeningPort}` : "no",
    dataDirectory: found.dataDirectory,
    clock: found.clockSuspect ? "suspect" : "trusted",
    eventLog: eventLogText(found.eventLog),
    dnsPublishing: publishedText(found.dns),
  };
  const seats = found.seats.map((seat) => ({ ...seatRow(seat), counts: countRows(seat), requests: requestRow(seat) }));
  const lines = [
    ...fieldLines(fields),
    ...seats.flatMap(({ counts, requests, ...seat }) => [
      "",
      ...fieldLines({
        ...seat,
        ...Object.fromEntries(counts.map((count) => [`count of ${count.application}`, countText(count)])),
        requests: `${requests.total} in all, ${requests.licensed} of licensed machines, ${requests.failed} failed`,
      }),
    ]),
  ];
  const rows = seats.flatMap(({ counts, requests, ...seat }) =>
    counts.map((count) => ({ ...seat, ...count, requests: requests.total, failed: requests.failed })),
  );
  const current = Math.max(0, ...seats.flatMap(({ counts }) => counts.map((count) => count.currentCount)));
  const eventLog = eventLogFacts(found.eventLog);
  shell.terminal.answer({ json: { ...fields, eventLog, seats }, rows, short: String(current), lines });
  return isLicensed(found.seats) ? EXIT.ok : EXIT.notActivated;
};

/** Guarded time is what this machine's clock says now. */
export const acceptClock: Action = async (given, shell) => {
  const { guardedTimeMs } = await asked(given, shell, (host) => host.acceptClock({}));
  const row = { guardedTime: instantText(Number(guardedTimeMs)) };
  const lines = [`clock accepted: the host's time is ${row.guardedTime}`];
  shell.terminal.answer({ json: row, rows: [row], short: row.guardedTime, lines });
  return EXIT.ok;
};

async function asked<T>(
  given: Given,
  shell: Shell,
  ask: (host: HostAdmin, isServing: boolean) => Promise<T>,
): Promise<T> {
  return askHost(await setUpDirectory("host", given, shell), ask, shell);
}

function isLicensed(seats: readonly SeatStatus[]): boolean {
  return seats.length > 0 && seats.every((seat) => seat.hostStatus === "licensed");
}
