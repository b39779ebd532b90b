import {
  keySymbols,
  parseProductKey,
  partialKey,
  publisherMask,
  publishersOfKey,
  RefusalError,
  refuse,
  refuseTypedKey,
  toUuid,
} from "@countersign/domain";
import { KeyFault } from "@countersign/keyring";
import { mergeTrust, openTrust, writeTrust } from "@countersign/protocol";
import type { SeatRow } from "@countersign/storage";
import type { HostParts } from "./host-parts.ts";
import { lineageName, productKeyName, type Seat, seatKeyName } from "./seat.ts";

/** A seat whose next certificate is a first one: what was asked with another key is never asked again. */
const UNCERTIFIED = { certificate: undefined, activationRequest: undefined };

/** Gives the row with newer trust of its publisher, or a new row. */
export async function rowWithTrust(file: Uint8Array, seats: readonly Seat[], parts: HostParts): Promise<SeatRow> {
  const opened = await openTrust(file, parts.cryptography);
  if (!opened.ok) throw refusalOf(opened.refusal);
  const { publisherId } = opened.value;
  const known = seats.find((seat) => toUuid(seat.row.publisherId) === toUuid(publisherId));
  if (known === undefined) {
    const seat = Math.max(0, ...seats.map(({ row }) => row.seat)) + 1;
    return { seat, publisherId, trust: writeTrust(opened.value), key: undefined, ...UNCERTIFIED };
  }
  const merged = await mergeTrust(
    known.trust,
    {
      rootSets: opened.value.rootSets.map((set) => set.document),
      manifest: opened.value.manifest.document,
      policies: opened.value.policies.map((policy) => policy.document),
      revocationList: opened.value.revocationList?.document,
    },
    parts.cryptography,
  );
  if (!merged.ok) throw refusalOf(merged.refusal);
  return { ...known.row, trust: writeTrust(merged.value) };
}

/** The row with a host key: its publisher is found by the mask of the key, its secrets are put into the keyring. */
export async function rowWithKey(text: string, seats: readonly Seat[], parts: HostParts) {
  const masks = seats.map((seat) => ({
    seat,
    mask: publisherMask(seat.row.publisherId, parts.cryptography.sha256),
  }));
  const [fit] = publishersOfKey(text, masks);
  if (fit === undefined)
    throw new RefusalError(
      refuseTypedKey(
        text,
        masks.map(({ mask }) => mask),
      ),
    );
  const parsed = parseProductKey(text, fit.mask);
  if (!parsed.ok) throw new RefusalError(refuse("KEY_INVALID", { detail: parsed.problem }));
  if (parsed.key.kind !== "host") {
    const found = parsed.key.kind === "mak" ? "MAK" : "setup key";
    throw new RefusalError(refuse("KEY_WRONG_KIND", { expected: "host key", found }));
  }
  const { seat } = fit;
  const { publisherId } = seat.row;
  if (!(await parts.keyring.has(seatKeyName(publisherId)))) await parts.keyring.createKey(seatKeyName(publisherId));
  if (!(await hasSecret(lineageName(publisherId), parts))) {
    await parts.keyring.putSecret(lineageName(publisherId), parts.random(32));
  }
  await parts.keyring.putSecret(productKeyName(publisherId), keySymbols(text));
  const key = { kid: parsed.key.kid, keyGroup: parsed.key.group, lastFive: partialKey(text) };
  return { row: { ...seat.row, key, ...UNCERTIFIED } satisfies SeatRow, seat, key };
}

/** The row without its host key; the secret that was kept for its activation goes too. */
export async function rowWithoutKey({ row }: Seat, { keyring }: HostParts): Promise<SeatRow> {
  if (row.key === undefined) throw new RefusalError(refuse("KEY_NOT_INSTALLED"));
  await keyring.removeSecret(productKeyName(row.publisherId));
  return { ...row, key: undefined, ...UNCERTIFIED };
}

async function hasSecret(name: string, { keyring }: HostParts): Promise<boolean> {
  try {
    await keyring.secret(name);
    return true;
  } catch (fault) {
    if (fault instanceof KeyFault && fault.reason === "missing") return false;
    throw fault;
  }
}

/** A document that does not verify, as the refusal a person sees. */
export function refusalOf({
  reason,
  detail,
}: {
  readonly reason: Parameters<typeof refuse>[0];
  readonly detail: string;
}) {
  return new RefusalError(refuse(reason, { detail }));
}
