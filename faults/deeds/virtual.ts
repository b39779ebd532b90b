import type { Deeds, Json } from "./deed.ts";

const DAY_MS = 86_400_000;
const NO_ANSWER = { reason: "PUBLISHER_UNREACHABLE", detail: "connect ETIMEDOUT" };

/** Facts of the healthy site as `countersign doctor --save-facts` wrote them, of a day that takes months to come about. */
export const VIRTUAL: Deeds = {
  "certificate-lapsed": {
    bend: (facts) =>
      eachSeat(facts, (seat) => {
        seat.hostStatus = "notification";
        seat.reason = "HOST_CERT_EXPIRED";
        seat.notAfterMs = facts.gatheredMs - 20 * DAY_MS;
        unanswered(seat, facts.gatheredMs - 110 * DAY_MS);
      }),
  },
  "certificate-expiring": {
    bend: (facts) =>
      eachSeat(facts, (seat) => {
        seat.notAfterMs = facts.gatheredMs + 40 * DAY_MS;
        unanswered(seat, facts.gatheredMs - 9 * DAY_MS);
      }),
  },
  "machines-gone": {
    bend: (facts) =>
      eachCount(facts, (count) => {
        Object.assign(count, { currentCount: 15, machinesSeen: 15, newMachines: 0 });
        count.lastContacts = [1, 2, 3, 4, 5, 40, 41, 42, 43, 44].map((days) => ({
          dayMs: dayOf(facts.gatheredMs - days * DAY_MS),
          machines: 3,
        }));
      }),
  },
  "log-full": {
    bend: (facts) =>
      eachHost(facts, (host) => {
        const oldestMs = facts.gatheredMs - 50 * DAY_MS;
        host.eventLog = { rows: 100_000, mostRows: 100_000, mostDays: 400, rowsPerDay: 2_000, oldestMs };
      }),
  },
  "renewal-failing": {
    bend: (facts) =>
      eachProduct(facts, (product) => {
        product.lastLeaseMs = facts.gatheredMs - 60 * DAY_MS;
        product.expiresMs = facts.gatheredMs + 120 * DAY_MS;
        product.remainingMinutes = 120 * 1_440;
        const [tried] = product.lastAttempt?.tried ?? [];
        const host = tried?.host ?? "kms.corp.test:1688";
        const failed = { host, why: "cached", reason: "HOST_UNREACHABLE", inner: "", detail: "refused" };
        product.lastAttempt = { atMs: facts.gatheredMs - 3_600_000, tried: [failed] };
      }),
  },
  "rearms-used-up": {
    bend: (facts) =>
      eachProduct(facts, (product) => {
        Object.assign(product, { status: 5, reason: "GRACE_EXPIRED", rearmsLeft: 0 });
        for (const name of ["lastLeaseMs", "lastAnswer", "lastAttempt", "expiresMs", "remainingMinutes"])
          delete product[name];
      }),
  },
  overloaded: {
    bend: (facts) =>
      eachHost(facts, (host) => {
        host.dropped = [{ reason: "OVERLOADED", count: 4_000 }];
        const fields = { queued: 2_000, refused: 800, retryAfterS: 60 };
        const timeMs = facts.gatheredMs - 3_600_000;
        host.events.unshift({ timeMs, eventId: 30013, computer: "kms", requestId: "", cmid: "", fields });
      }),
  },
  "lease-revoked": {
    bend: (facts) => {
      eachProduct(facts, (product) => {
        Object.assign(product, { status: 4, reason: "LEASE_REVOKED", remainingMinutes: 9 * 1_440 });
        const tried = {
          host: "kms.corp.test:1688",
          why: "cached",
          reason: "UNTRUSTED_HOST",
          inner: "CERTIFICATE_REVOKED",
        };
        product.lastAttempt = { atMs: facts.gatheredMs - 3_600_000, tried: [{ ...tried, detail: "" }] };
      });
      for (const answer of answersOf(facts)) {
        const { publisherId } = answer;
        for (const name of Object.keys(answer)) delete answer[name];
        Object.assign(answer, {
          kind: "unverified",
          publisherId,
          reason: "CERTIFICATE_REVOKED",
          detail: "revoked on 2026-11-20",
        });
      }
      facts.hosts = [];
    },
  },
};

function eachHost(facts: Json, change: (host: Json) => void): void {
  for (const host of facts.hosts) change(host);
}

function eachSeat(facts: Json, change: (seat: Json) => void): void {
  eachHost(facts, (host) => host.seats.forEach(change));
}

function eachCount(facts: Json, change: (count: Json) => void): void {
  eachSeat(facts, (seat) => seat.counts.forEach(change));
}

function eachProduct(facts: Json, change: (product: Json) => void): void {
  for (const client of facts.clients) client.products.forEach(change);
}

function answersOf(facts: Json): readonly Json[] {
  const endpoints = facts.network.targets.flatMap((target: Json) => target.resolution.endpoints ?? []);
  return endpoints.flatMap((endpoint: Json) => endpoint.answers.filter(({ kind }: Json) => kind === "certified"));
}

function unanswered(seat: Json, dueMs: number): void {
  seat.publisher = { reachable: false, ...NO_ANSWER };
  seat.renewal = { dueMs, failure: NO_ANSWER };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
