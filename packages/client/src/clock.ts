/** The clocks of a machine. Only differences of `monotonicMs` within one `bootId` mean anything. */
export interface ClientClock {
  /** Unix milliseconds, as the machine believes. */
  wallMs(): number;
  /** Milliseconds since some instant of this boot; never jumps, may stand still in sleep. */
  monotonicMs(): number;
  /** Changes with every boot. */
  readonly bootId: string;
}
