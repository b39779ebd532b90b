/** How a verdict is told: what needs nobody, what is worth a look, what harms now. */
export type Gravity = "good" | "notice" | "harm";

/** One row of VERDICTS. */
export interface VerdictRow {
  readonly gravity: Gravity;
  readonly meaning: string;
  readonly remedy: string;
  /** Whose records the printed deletion is for: every record, those under the publisher's own name, or none. */
  readonly deletes: "all" | "own-name" | "none";
}

/** THE table of what a target can be. The order is that of reports: what harms first. */
export const VERDICTS = {
  clone: {
    gravity: "harm",
    meaning: "two processes answer as one host: a data directory was copied",
    remedy: "stop the copy; a second host begins with `countersign host init` and its own activation",
    deletes: "none",
  },
  uncertified: {
    gravity: "harm",
    meaning: "a host without a certificate of the publisher: it licenses nobody",
    remedy: "activate it if it is yours (`countersign host activate`), else stop it and delete its record",
    deletes: "all",
  },
  foreign: {
    gravity: "harm",
    meaning: "something else than a host listens there",
    remedy: "correct the port of the record, or delete it",
    deletes: "all",
  },
  lapsed: {
    gravity: "harm",
    meaning: "a host whose certificate is over, not yet valid or revoked: it licenses nobody",
    remedy: "look at `countersign host status` there, and renew with `countersign host activate`",
    deletes: "none",
  },
  stale: {
    gravity: "harm",
    meaning: "nothing answers there: clients lose time on it",
    remedy: "start the host or open its port if it is to serve, else delete its record",
    deletes: "all",
  },
  "other-site": {
    gravity: "notice",
    meaning: "a host certified for another customer: machines that find it count there",
    remedy: "ask who published it; delete its record from this zone if it does not belong here",
    deletes: "all",
  },
  "other-publisher": {
    gravity: "notice",
    meaning: "it says that it serves other publishers only",
    remedy: "give its publisher's trust file with --trust to have it judged; under our own name it is a mistake",
    deletes: "own-name",
  },
  unclear: {
    gravity: "notice",
    meaning: "a host that did not say who it is",
    remedy: "look again in a minute; then at its log",
    deletes: "none",
  },
  "not-probed": {
    gravity: "notice",
    meaning: "beyond the most that one look probes",
    remedy: "look again with fewer domains, or after the stale records are gone",
    deletes: "none",
  },
  certified: {
    gravity: "notice",
    meaning: "certified, but hosts of several customers are here and none was named as ours",
    remedy: "name one of your hosts with --our-host",
    deletes: "none",
  },
  ours: { gravity: "good", meaning: "certified for our site", remedy: "", deletes: "none" },
} as const satisfies Readonly<Record<string, VerdictRow>>;

/** What a target is. */
export type Verdict = keyof typeof VERDICTS;

/** All of them, in the order of reports. */
export const VERDICT_NAMES = Object.keys(VERDICTS) as readonly Verdict[];
