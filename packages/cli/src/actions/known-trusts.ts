import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { trustPlace } from "@countersign/client/node";
import { equalBytes, RefusalError, refuse } from "@countersign/domain";
import { openTrust, type TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { readClientDirectory } from "../client-settings.ts";
import { refused } from "../refusal-report.ts";

/** One trust state a publisher: of the files named, else of this machine's client and agent. */
export async function knownTrusts(
  files: readonly string[],
  client: string | undefined,
): Promise<readonly TrustState[]> {
  const trusts: TrustState[] = [];
  const add = async (path: string, read: () => Promise<Uint8Array>) => {
    const bytes = await read().catch((error: NodeJS.ErrnoException) => {
      throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
    });
    const opened = await openTrust(bytes, nodeCryptography);
    if (!opened.ok)
      throw new RefusalError(refuse(opened.refusal.reason, { detail: `${path}: ${opened.refusal.detail}` }));
    const { publisherId } = opened.value;
    if (!trusts.some((known) => equalBytes(known.publisherId, publisherId))) trusts.push(opened.value);
  };
  for (const path of files) await add(path, () => readFile(path));
  if (files.length === 0) {
    if (client !== undefined) await add(client, async () => (await readClientDirectory(client)).trust);
    for (const path of await placedTrust()) await add(path, () => readFile(path));
  }
  if (trusts.length > 0) return trusts;
  throw refused("USAGE_INVALID", {
    expected: "--trust with the publisher's trust file, or a client set up on this machine",
    found: "neither",
  });
}

async function placedTrust(): Promise<readonly string[]> {
  const directory = trustPlace();
  const names = await readdir(directory).catch(() => []); // None placed.
  return names.filter((name) => name.endsWith(".cstrust")).map((name) => join(directory, name));
}
