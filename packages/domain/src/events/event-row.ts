/** How a field of an event is kept (always a JSON value) and printed. */
export interface FieldValues {
  /** An HRESULT as an unsigned number; 0 = success. */
  readonly resultCode: number;
  /** Status flag bits. */
  readonly flags: number;
  readonly count: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Unix milliseconds. */
  readonly instantMs: number;
  /** Licence status 0..6. */
  readonly licenseStatus: number;
  readonly yesNo: boolean;
  /** A UUID in its usual spelling. */
  readonly uuid: string;
  /** `host:port` or an address. */
  readonly address: string;
  /** A name that came from the network; control characters are stripped when it is printed. "" = none given. */
  readonly name: string;
  /** A word or sentence of ours. "" = none. */
  readonly text: string;
  /** A reason of the refusals; "" = none. */
  readonly reason: string;
  /** The last five symbols of a product key. */
  readonly partialKey: string;
  /** Why a machine asked: see purposeOf. */
  readonly purpose: Purpose;
}

/** Why a machine asked, as far as the host can tell. */
export type Purpose = "first activation" | "again below count" | "renewal" | "recovery";

/** The kind of a field: what it may hold and how it is printed. */
export type FieldKind = keyof FieldValues;

/** Fields of one event, in the order they are shown. */
export type EventFields = Readonly<Record<string, FieldKind>>;

/** One event as the tables write it. */
export interface EventRow {
  readonly level: "information" | "warning" | "error";
  /** Which side writes it. */
  readonly side: "host" | "client" | "either";
  readonly log: "Application" | "Key Management Service";
  readonly title: string;
  readonly fields: EventFields;
}

/** The typed data object that belongs to a table of fields. */
export type ValuesOf<Fields extends EventFields> = { readonly [Name in keyof Fields]: FieldValues[Fields[Name]] };
