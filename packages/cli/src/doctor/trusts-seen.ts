import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostFacts } from "@countersign/doctor";
import { askTrust, type HostQuestion, targetAtHome } from "@countersign/doctor/probes";
import { equalBytes, RefusalError, refuse } from "@countersign/domain";
import { openTrust, type TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { openSqliteHostStoreForReading } from "@countersign/storage/sqlite";
import { refused } from "../refusal-report.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** The trust files a person named; one that cannot be used is that person's to mend. */
export function namedTrusts(files: readonly string[]): Promise<readonly TrustState[]> {
  return Promise.all(files.map(trustIn));
}

/** Whom this machine believes: those that were named, its clients' trust files, and what its host serves. */
export async function trustsSeen(
  { clients, hosts }: Whereabouts,
  named: readonly TrustState[],
  question: HostQuestion,
): Promise<readonly TrustState[]> {
  const placed = (await clients()).flatMap(({ trust }) => trust.opened ?? []);
  const served = (await Promise.all((await hosts()).map((host) => trustsOfHost(host, question)))).flat();
  const all = [...named, ...placed, ...served];
  return all.filter(
    ({ publisherId }, at) => all.findIndex((other) => equalBytes(other.publisherId, publisherId)) === at,
  );
}

async function trustIn(path: string): Promise<TrustState> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
  const opened = await openTrust(bytes, nodeCryptography);
  if (opened.ok) return opened.value;
  throw new RefusalError(refuse(opened.refusal.reason, { detail: `${path}: ${opened.refusal.detail}` }));
}

/** A running host is asked for the publishers it serves; the store of one that stands still has them. */
async function trustsOfHost(host: HostFacts, question: HostQuestion): Promise<readonly TrustState[]> {
  const { listening, seats, dataDirectory } = host;
  if (listening !== undefined) {
    const asked = seats.map(({ publisherId }) => askTrust(targetAtHome(listening), publisherId, question));
    return (await Promise.all(asked)).flatMap((trust) => trust ?? []);
  }
  try {
    const store = openSqliteHostStoreForReading(join(dataDirectory, "host.db"));
    try {
      const opened = (await store.seats()).map(({ trust }) => openTrust(trust, nodeCryptography));
      return (await Promise.all(opened)).flatMap((one) => (one.ok ? [one.value] : []));
    } finally {
      await store.close();
    }
  } catch {
    return []; // What keeps the store from being read is found by whoever looks at the host.
  }
}
