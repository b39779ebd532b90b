import { randomBytes } from "node:crypto";
import type { MachineRow } from "../src/index.ts";

const random = (length: number) => new Uint8Array(randomBytes(length));

/** The application of every sample that names none. */
export const SAMPLE_APPLICATION = random(16);

/** A machine that was answered once. */
export function sampleMachine(change: Partial<MachineRow> = {}): MachineRow {
  return {
    ...{ seat: 1, cmid: random(16), productId: 7, applicationId: SAMPLE_APPLICATION, requiredCount: 25, counted: true },
    ...{ lastSeenMs: 1000, firstSeenMs: 1000, seq: 1, components: random(18), lastNonce: random(32) },
    ...{ lastRequestHash: random(32), statementType: 1, statement: random(150), statementIssuedMs: 1000 },
    ...{
      resyncTimesMs: [1, 2],
      resync: undefined,
      eventRowId: 0,
      lastEventId: 0,
      clientName: "pc-1",
      address: "192.0.2.1",
    },
    ...change,
  };
}
