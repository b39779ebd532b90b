import { isSameHardware, type PackedComponents } from "./machine-fingerprint.ts";

const THIRTY_DAYS_MS = 2_592_000_000;
const MAX_RESYNCS = 2;

/** What a host remembers of the sequence of one (CMID, product). */
export interface LineageRow {
  readonly seq: number;
  readonly components: PackedComponents;
  readonly resyncTimesMs: readonly number[];
}

/** What the asker could prove: `seq` is 0 unless its lease id was this host's own for that number. */
export interface ProvenLineage {
  readonly seq: number;
  readonly components: PackedComponents;
}

/**
 * The rule of protocol.md §7.4. `advance`: the holder of the newest statement (or a first contact), served with `seq`.
 * `resync`: a snapshot restore, lost reply or replay, served with the current `seq`, nothing advances.
 * `reidentify`: the stale branch of a copy; the row stays untouched.
 */
export type LineageVerdict =
  | {
      readonly kind: "advance";
      readonly seq: number;
      readonly because: "first-contact" | "next" | "drift" | "rollback";
    }
  | { readonly kind: "resync"; readonly seq: number; readonly resyncTimesMs: readonly number[] }
  | { readonly kind: "reidentify"; readonly because: "other-hardware" | "identical-clone" };

/** Judges one request that is not a repeat of the last one. `renewalS` widens the re-sync window of slow renewers. */
export function judgeLineage(
  row: LineageRow | undefined,
  proven: ProvenLineage,
  nowMs: number,
  renewalS: number,
): LineageVerdict {
  if (row === undefined) return { kind: "advance", seq: proven.seq + 1, because: "first-contact" };
  const behind = row.seq - proven.seq;
  const same = isSameHardware(row.components, proven.components);
  if (behind < 0) return { kind: "advance", seq: proven.seq + 1, because: "rollback" };
  if (behind === 0) return { kind: "advance", seq: row.seq + 1, because: same ? "next" : "drift" };
  if (!same) return { kind: "reidentify", because: "other-hardware" };
  const windowMs = Math.max(THIRTY_DAYS_MS, 5 * renewalS * 1000);
  const recent = row.resyncTimesMs.filter((timeMs) => timeMs > nowMs - windowMs);
  if (recent.length >= MAX_RESYNCS) return { kind: "reidentify", because: "identical-clone" };
  return { kind: "resync", seq: row.seq, resyncTimesMs: [...recent, nowMs] };
}
