import type { Cite } from "./records/cite.ts";
import type { WindowsRecord } from "./records/record.ts";

/** A line of text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** The file ends here without an end of line: the line may be cut, and its value is not used. */
  readonly isUnfinished: boolean;
}

/** What could not be read, and why. It is shown: nothing is left out in silence. */
export interface Unread {
  readonly cite: Cite;
  readonly why: string;
}

/** Where a reader puts what it reads, as soon as it has it. */
export interface Outlet {
  readonly record: (record: WindowsRecord) => void;
  readonly unread: (unread: Unread) => void;
}

/** A reading that is under way: it is given one piece after the other, keeps only what it still needs, and never throws. */
export interface Reading<Piece> {
  readonly take: (piece: Piece) => void;
  readonly end: () => void;
}

/**
 * Reads one thing out of transcripts: what a person typed, copied or saved. A transcript may hold the output of many
 * commands, so every transcript reader sees every line and takes only what it knows for certain.
 */
export interface TranscriptReader {
  /** `slmgr /dlv`, `nslookup`: shown as what the file was recognised as. */
  readonly name: string;
  readonly open: (file: string, outlet: Outlet) => Reading<Line>;
}

/** Reads a file that has one form from its first byte to its last: an event log, XML, JSON, CSV. It is the only one to see the file. */
export interface FileReader<Piece> {
  readonly name: string;
  /** By content, never by name: `head` is the first 64 KiB or all there is. */
  readonly recognises: (head: Piece) => boolean;
  readonly open: (file: string, outlet: Outlet) => Reading<Piece>;
}
