import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dliLines, dlvLines, LICENSE_STATUS, type LicenceFacts, xprLines } from "../src/index.ts";

const AT = Date.UTC(2026, 10, 24, 21, 13, 5);
const DAY_MS = 86_400_000;

const CLIENT: LicenceFacts = {
  product: {
    name: "Editor Pro",
    channel: "setup key",
    keyGroup: 3,
    activationId: "0f5c1e5e-8f4f-4c6b-9d57-6c8e6f3a1c11",
    applicationId: "2b1a6c57-3a1f-4d33-9a2a-0f6f1f6f7a01",
    partialKey: "7QX2M",
  },
  state: {
    status: LICENSE_STATUS.licensed,
    remainingMinutes: 259_199,
    endsMs: AT + 180 * DAY_MS,
    reason: undefined,
    rearmsLeft: 3,
    trustedTimeMs: AT,
    testSite: false,
  },
  client: {
    cmid: "36f27b39-1c5e-4a9c-9d3e-6f5a3b2c1d0e",
    lookupDomain: "",
    fixedHost: "",
    discoveredHost: "host.example.com:1688",
    hostAddress: "192.0.2.10",
    hostId: "9d0b5a50-7c5b-4b8b-8a0f-4f1f0c6f2d11",
    activationIntervalMinutes: 120,
    renewalIntervalMinutes: 10_080,
    hostCaching: true,
    whyThisHost: "it answered last",
    tried: [],
    nextAttemptMs: AT + 7 * DAY_MS,
  },
};

const UNLICENSED: LicenceFacts = {
  ...CLIENT,
  state: { ...CLIENT.state, status: LICENSE_STATUS.initialGrace, remainingMinutes: 43_190, endsMs: AT + 30 * DAY_MS },
  client: {
    ...(CLIENT.client as NonNullable<LicenceFacts["client"]>),
    discoveredHost: "",
    hostAddress: "",
    hostId: "",
    whyThisHost: "",
    tried: [
      { host: "a.example.com:1688", code: 0x800706ba, reason: "HOST_UNREACHABLE" },
      { host: "b.example.com:1688", code: 0, reason: undefined },
    ],
  },
};

const HOST: LicenceFacts = {
  product: { ...CLIENT.product, channel: "host key", partialKey: "K9W4T" },
  state: { ...CLIENT.state, remainingMinutes: undefined, endsMs: AT + 1095 * DAY_MS, rearmsLeft: undefined },
  host: {
    hostId: "9d0b5a50-7c5b-4b8b-8a0f-4f1f0c6f2d11",
    currentCount: 30,
    listeningPort: 1688,
    dnsPublishing: true,
    lowPriority: false,
    requests: { total: 56, failed: 2, byStatus: [0, 0, 54, 0, 0, 0, 0] },
    machinesSeen: 30,
    agreement: [{ application: "Editor", seats: 40, inUse: 30 }],
    failedByReason: [{ reason: "GROUP_NOT_AUTHORIZED", count: 2 }],
    dnsPublications: [{ domain: "example.com", atMs: AT, code: 0x80072338 }],
    validUntilMs: AT + 1095 * DAY_MS,
  },
};

test("/dlv warns below our additions while there is time; /dli and a host, whose certificate warns otherwise, do not", () => {
  const ends = { remainingMinutes: 20 * 1_440, endsMs: AT + 20 * DAY_MS };
  const renewedMs = AT - 160 * DAY_MS;
  const late: LicenceFacts = {
    ...CLIENT,
    state: { ...CLIENT.state, ...ends },
    client: { ...(CLIENT.client as NonNullable<LicenceFacts["client"]>), renewedMs },
  };
  const lines = dlvLines("0.1.0", [late]);
  assert.deepEqual(lines.slice(-4), [
    "    Next attempt: 2026-12-01 21:13:05 UTC",
    "    Warning: not renewed since 2026-06-17 21:13:05 UTC, though due by 2026-06-25 14:01:05 UTC",
    "    Warning: the licence expires 2026-12-14 21:13:05 UTC unless a host answers before",
    "",
  ]);
  const labels = (all: readonly string[]) =>
    all.map((line) => line.replace(/:.*/, "")).filter((line) => !/Warn/.test(line));
  assert.deepEqual(labels(lines), labels(dlvLines("0.1.0", [CLIENT])), "the order of KMS is untouched");
  const warned = (all: readonly string[]) => all.filter((line) => line.includes("Warning"));
  assert.deepEqual(warned(dliLines([late])), []);
  assert.deepEqual(warned(dlvLines("0.1.0", [{ ...HOST, state: { ...HOST.state, ...ends } }])), []);
});

test("/dlv of a licensed client prints the catalogue in its order", () => {
  assert.deepEqual(dlvLines("0.1.0", [CLIENT]), [
    "Software licensing service version: 0.1.0",
    "",
    "Name: Editor Pro",
    "Description: Editor Pro, VOLUME_KMSCLIENT channel",
    "Activation ID: 0f5c1e5e-8f4f-4c6b-9d57-6c8e6f3a1c11",
    "Application ID: 2b1a6c57-3a1f-4d33-9a2a-0f6f1f6f7a01",
    "Product Key Channel: Volume:GVLK",
    "Partial Product Key: 7QX2M",
    "License Status: Licensed",
    "Volume activation expiration: 259199 minute(s) (180 day(s))",
    "Remaining App rearm count: 3",
    "Remaining SKU rearm count: 3",
    "Trusted time: 2026-11-24 21:13:05 UTC",
    "Configured Activation Type: All",
    "",
    "Most recent activation information:",
    "Key Management Service client information",
    "    Client Machine ID (CMID): 36f27b39-1c5e-4a9c-9d3e-6f5a3b2c1d0e",
    "    KMS machine name from DNS: host.example.com:1688",
    "    KMS machine IP address: 192.0.2.10",
    "    KMS machine extended PID: 9d0b5a50-7c5b-4b8b-8a0f-4f1f0c6f2d11",
    "    Activation interval: 120 minutes",
    "    Renewal interval: 10080 minutes",
    "    KMS host caching is enabled",
    "    Why this host: it answered last",
    "    Next attempt: 2026-12-01 21:13:05 UTC",
    "",
  ]);
});

test("unlike KMS an unlicensed client prints its CMID, every host asked with its code, and the next attempt", () => {
  assert.deepEqual(dliLines([UNLICENSED]), [
    "",
    "Name: Editor Pro",
    "Description: Editor Pro, VOLUME_KMSCLIENT channel",
    "Partial Product Key: 7QX2M",
    "License Status: Initial grace period",
    "Time remaining: 43190 minute(s) (30 day(s))",
    "Configured Activation Type: All",
    "Please use slmgr /ato to activate and update KMS client information in order to update values.",
    "",
    "Most recent activation information:",
    "Key Management Service client information",
    "    Client Machine ID (CMID): 36f27b39-1c5e-4a9c-9d3e-6f5a3b2c1d0e",
    "    DNS auto-discovery: KMS name not available",
    "    KMS machine IP address: not available",
    "    Activation interval: 120 minutes",
    "    Renewal interval: 10080 minutes",
    "    KMS host caching is enabled",
    "    Host asked: a.example.com:1688, 0x800706BA HOST_UNREACHABLE",
    "    Host asked: b.example.com:1688, answered",
    "    Next attempt: 2026-12-01 21:13:05 UTC",
    "",
  ]);
});

test("/dlv of a host prints its counters, which add up, and then our additions", () => {
  assert.deepEqual(dlvLines("0.1.0", [HOST]).slice(2), [
    "Name: Editor Pro",
    "Description: Editor Pro, VOLUME_KMS_3 channel",
    "Activation ID: 0f5c1e5e-8f4f-4c6b-9d57-6c8e6f3a1c11",
    "Application ID: 2b1a6c57-3a1f-4d33-9a2a-0f6f1f6f7a01",
    "Extended PID: 9d0b5a50-7c5b-4b8b-8a0f-4f1f0c6f2d11",
    "Product Key Channel: Volume:CSVLK",
    "Partial Product Key: K9W4T",
    "License Status: Licensed",
    "Trusted time: 2026-11-24 21:13:05 UTC",
    "",
    "Key Management Service is enabled on this machine",
    "    Current count: 30",
    "    Listening on Port: 1688",
    "    DNS publishing enabled",
    "    KMS priority: Normal",
    "",
    "Key Management Service cumulative requests received from clients",
    "    Total requests received: 56",
    "    Failed requests received: 2",
    "    Requests with License Status Unlicensed: 0",
    "    Requests with License Status Licensed: 0",
    "    Requests with License Status Initial grace period: 54",
    "    Requests with License Status License expired or Hardware out of tolerance: 0",
    "    Requests with License Status Non-genuine grace period: 0",
    "    Requests with License Status Notification: 0",
    "",
    "Machines seen in the last 30 days (uncapped): 30",
    "Agreement",
    "    Editor: 30 of 40 seats",
    "Failed requests by reason",
    "    GROUP_NOT_AUTHORIZED: 2",
    "Last DNS publishing in example.com: failed, 0x80072338, 2026-11-24 21:13:05 UTC",
    "Host activation valid until: 2029-11-23 21:13:05 UTC",
    "",
  ]);
});

test("a notification names its reason: the two that KMS explains in words, every other by its code", () => {
  const reasonLine = (reason: LicenceFacts["state"]["reason"]) => {
    const state = { ...CLIENT.state, status: LICENSE_STATUS.notification, remainingMinutes: undefined, reason };
    return dliLines([{ ...CLIENT, state }]).find((line) => line.startsWith("Notification Reason"));
  };
  assert.equal(reasonLine("GRACE_EXPIRED"), "Notification Reason: 0xC004F009 (grace time expired).");
  assert.equal(reasonLine("LEASE_REVOKED"), "Notification Reason: 0xC004F200 (non-genuine).");
  assert.match(reasonLine("CLOCK_SUSPECT") ?? "", /^Notification Reason: 0xE0C5[0-9A-F]{4}$/);
});

test("a fixed host and a look-up domain together are warned of; a key that is missing and a test site are said", () => {
  const client = { ...CLIENT.client, fixedHost: "host.example.com:1700", lookupDomain: "example.com" };
  const lines = dliLines([
    {
      product: { ...CLIENT.product, partialKey: "" },
      state: { ...CLIENT.state, status: LICENSE_STATUS.unlicensed, testSite: true },
      client: client as NonNullable<LicenceFacts["client"]>,
    },
  ]);
  assert.ok(lines.includes("This license is not in use."));
  assert.ok(lines.includes("    Registered KMS machine name: host.example.com:1700"));
  assert.ok(lines.includes("    Registered KMS SRV record lookup domain: example.com"));
  assert.ok(
    lines.includes(
      "Warning: /skms setting overrides the /skms-domain setting. host.example.com:1700 will be used for activation.",
    ),
  );
  assert.ok(lines.includes("TEST SITE: not for production use"));
});

test("/xpr says of every status when it ends", () => {
  const text = (status: LicenceFacts["state"]["status"], endsMs: number | undefined = AT) =>
    xprLines([{ ...CLIENT, state: { ...CLIENT.state, status, endsMs } }]);
  const { unlicensed, licensed, initialGrace, additionalGrace, nonGenuineGrace, notification } = LICENSE_STATUS;
  assert.deepEqual(text(unlicensed), ["Editor Pro:", "    Unlicensed"]);
  assert.equal(text(licensed)[1], "    Volume activation will expire 2026-11-24 21:13:05 UTC");
  const state = { ...CLIENT.state, endsMs: undefined };
  assert.equal(xprLines([{ ...CLIENT, state }])[1], "    The machine is permanently activated.");
  assert.equal(text(initialGrace)[1], "    Initial grace period ends 2026-11-24 21:13:05 UTC");
  assert.equal(text(additionalGrace)[1], "    Additional grace period ends 2026-11-24 21:13:05 UTC");
  assert.equal(text(nonGenuineGrace)[1], "    Non-genuine grace period ends 2026-11-24 21:13:05 UTC");
  assert.equal(text(notification)[1], "    Editor Pro is in Notification mode");
});

test("names from the network and from documents cannot rewrite a line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const client = { ...CLIENT.client, lookupDomain: name, fixedHost: name, discoveredHost: name };
      const facts = {
        ...CLIENT,
        product: { ...CLIENT.product, name },
        client: client as NonNullable<LicenceFacts["client"]>,
      };
      for (const line of [...dlvLines("0.1.0", [facts]), ...xprLines([facts])]) assert.doesNotMatch(line, /\p{Cc}/u);
    }),
  );
});
