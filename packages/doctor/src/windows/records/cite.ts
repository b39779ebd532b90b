/** Where a record comes from, so that a conclusion can cite it. */
export interface Cite {
  /** The file's path as it was given. */
  readonly file: string;
  /** The line it begins on, from 1; of text. */
  readonly line?: number;
  /** The number of the event record; of an event log. */
  readonly record?: number;
}

/** What every record carries. */
export interface Cited {
  readonly cite: Cite;
  /** The machine that the record itself names: an event's computer, `Host Name` of ipconfig. A transcript names none. */
  readonly machine?: string;
}
