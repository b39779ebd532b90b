import { type Cryptography, type Refusal, refuse, toHex } from "@countersign/domain";
import { openTrust } from "@countersign/protocol";
import type { Machine } from "./machine.ts";

/** A trust file as it was found. */
export type FoundTrust =
  | { readonly ok: true; readonly path: string; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly refusal: Refusal };

/** Takes every file up that can be; one that cannot costs no other publisher its licences. Answers what is wrong. */
export async function takeTrustFiles(
  machine: Machine,
  files: readonly FoundTrust[],
  cryptography: Cryptography,
): Promise<readonly Refusal[]> {
  const problems: Refusal[] = [];
  for (const file of files) {
    const problem = file.ok ? await takeOne(machine, file, cryptography) : file.refusal;
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

async function takeOne(
  machine: Machine,
  { path, bytes }: Extract<FoundTrust, { ok: true }>,
  cryptography: Cryptography,
): Promise<Refusal | undefined> {
  const opened = await openTrust(bytes, cryptography);
  if (!opened.ok) return named(path, opened.refusal.reason, opened.refusal.detail);
  const taken = await machine.takeTrust(bytes, toHex(opened.value.publisherId));
  return taken.ok ? undefined : named(path, taken.refusal.reason, taken.refusal.message);
}

function named(path: string, reason: string, detail: string): Refusal {
  return refuse("CONFIGURATION_INVALID", {
    expected: "a publisher's trust file",
    found: `${reason}: ${detail}`,
    file: path,
  });
}
