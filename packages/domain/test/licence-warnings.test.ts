import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientFacts, LICENSE_STATUS, type LicenceFacts, licenceWarnings, type StateFacts } from "../src/index.ts";

const DAY_MS = 86_400_000;
const RENEWED_MS = Date.UTC(2026, 0, 8);
const client: ClientFacts = {
  ...{ cmid: "", lookupDomain: "", fixedHost: "", discoveredHost: "", hostAddress: "", hostId: "" },
  ...{ activationIntervalMinutes: 120, renewalIntervalMinutes: 10_080, hostCaching: true, whyThisHost: "", tried: [] },
  ...{ nextAttemptMs: undefined, renewedMs: RENEWED_MS },
};

/** A licence of 180 days, so many days after its last renewal. */
function after(days: number, change: Partial<StateFacts> = {}, of: Partial<ClientFacts> = {}): LicenceFacts {
  const trustedTimeMs = RENEWED_MS + days * DAY_MS;
  const endsMs = RENEWED_MS + 180 * DAY_MS;
  const state = {
    ...{ status: LICENSE_STATUS.licensed, endsMs, remainingMinutes: (endsMs - trustedTimeMs) / 60_000 },
    ...{ reason: undefined, rearmsLeft: 3, trustedTimeMs, testSite: false },
  };
  const product = { name: "Editor", channel: "setup key", keyGroup: 1, partialKey: "" } as const;
  return {
    product: { ...product, activationId: "", applicationId: "" },
    state: { ...state, ...change },
    client: { ...client, ...of },
  };
}

const idsOf = (facts: LicenceFacts) => licenceWarnings(facts).map(({ id }) => id);

test("a renewal is overdue once its interval and a tenth are over, and not before", () => {
  assert.deepEqual(idsOf(after(7.69)), []);
  assert.deepEqual(idsOf(after(7.71)), ["RENEWAL_OVERDUE"]);
  assert.deepEqual(idsOf(after(30, {}, { renewalIntervalMinutes: 43_200 })), [], "the host's interval, not ours");
});

test("the end of a licence is announced in its last 30 days", () => {
  assert.deepEqual(idsOf(after(149.9)), ["RENEWAL_OVERDUE"]);
  assert.deepEqual(idsOf(after(150)), ["RENEWAL_OVERDUE", "EXPIRES_SOON"]);
});

test("a warning names instants, so that it stays the same until it ends", () => {
  assert.deepEqual(
    licenceWarnings(after(151)).map(({ text }) => text),
    [
      "not renewed since 2026-01-08 00:00:00 UTC, though due by 2026-01-15 16:48:00 UTC",
      "the licence expires 2026-07-07 00:00:00 UTC unless a host answers before",
    ],
  );
  assert.deepEqual(licenceWarnings(after(151)), licenceWarnings(after(170)));
});

test("a licence that is over or has no end warns of nothing: its state says what is wrong", () => {
  assert.deepEqual(idsOf(after(200, { status: LICENSE_STATUS.additionalGrace })), []);
  assert.deepEqual(idsOf(after(151, { endsMs: undefined, remainingMinutes: undefined })), []);
});
