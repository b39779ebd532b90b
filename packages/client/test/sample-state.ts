import { newLicenseRecord } from "@countersign/domain";
import type { TrustedState } from "../src/trusted-state.ts";

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

/** A state with every part present. */
export function sampleState(): TrustedState {
  const identity = { cmid: bytes(16, 1), salt: bytes(16, 2), components: bytes(18, 3), vmGenerationId: "vm" };
  const moment = { atMs: 1_790_000_000_000, usedMs: 12_000 };
  const firstSend = { wallMs: 1, monotonicMs: 2, bootId: "boot", effectiveMs: 3, usedMs: 4 };
  return {
    generation: 1,
    publisherId: bytes(16, 4),
    identity,
    previous: { cmid: bytes(16, 5), untilMs: 1_800_000_000_000 },
    pending: { identity: { ...identity, cmid: bytes(16, 6) }, sinceMs: 1_790_000_000_001 },
    reidentifiedMs: [1_790_000_000_000],
    clock: {
      ...{ highWaterMs: 1_790_000_000_000, floorMs: 1_780_000_000_000, lastWallMs: 1_790_000_000_000 },
      ...{ lastMonotonicMs: 77, bootId: "boot", usedMs: 12_345, suspectSinceUsedMs: 5 },
      jump: { wallMs: 1_795_000_000_000, usedMs: 6 },
    },
    trust: bytes(40, 7),
    cachedHost: { host: "host.example", port: 1688, hostId: bytes(16, 8), advertisedPort: 1688, address: "192.0.2.9" },
    rearmed: true,
    products: [
      {
        productId: 7,
        setupKey: { header: bytes(9, 9), partialKey: "ABCDE", byPerson: true },
        license: {
          ...newLicenseRecord(1),
          key: { activationId: "11111111-2222-3333-4444-555555555555", partialKey: "ABCDE" },
          initialGraceFrom: moment,
          lease: { firstSend: moment, receivedMs: 1_790_000_000_500, validityS: 15_552_000, graceS: 2_592_000 },
          moved: { ...moment, final: true },
          voided: { ...moment, serial: "s", effectiveMs: 1_790_000_000_000 },
          drifted: true,
          everLicensed: true,
          told: { status: 3, grace: "rebind", suspect: true },
        },
        lease: { reply: bytes(50, 10), identity, nonce: bytes(32, 11), receivedWallMs: 12, receivedFloorMs: 13 },
        lineage: [{ hostId: bytes(16, 14), seq: 15, leaseId: bytes(16, 16) }],
        knownCertificate: bytes(30, 17),
        series: {
          request: bytes(20, 18),
          nonce: bytes(32, 19),
          identity,
          isPendingIdentity: true,
          firstSend,
          nonceRefused: true,
        },
        nextAttemptMs: 1_790_000_100_000,
        seriesReplacedMs: 1_789_000_000_000,
        lastAnswer: { count: 3, requiredCount: 25, atMs: 20, reason: "COUNT_TOO_LOW", flags: 4 },
        lastAttempt: {
          atMs: 21,
          tried: [
            {
              host: "a:1688",
              why: "fixed",
              address: "192.0.2.1",
              reason: "UNTRUSTED_HOST",
              inner: "CERTIFICATE_REVOKED",
              detail: "d",
            },
            { host: "b:1688", why: "discovered", address: "", reason: undefined, inner: undefined, detail: "" },
          ],
          lookups: [
            { domain: "a.example", origin: "setting", name: "n", records: 0, reason: "DNS_NO_RECORDS", detail: "x" },
            { domain: "a.example", origin: "fqdn", name: "m", records: 2, reason: undefined, detail: "" },
          ],
        },
      },
    ],
  };
}
