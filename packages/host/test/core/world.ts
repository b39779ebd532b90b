// Publishers and hosts as real cores on memory stores, with clocks that stand still until a test moves them.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { create, fromBinary } from "@bufbuild/protobuf";
import { fingerprintOf, type ProductClass, packComponents, RefusalError, toHex } from "@countersign/domain";
import type { Keyring } from "@countersign/keyring";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import {
  type ActivateRequest,
  encodeActivateRequest,
  type LineageClaim,
  type RpcReply,
  readCountReport,
  readLease,
  readReidentify,
} from "@countersign/protocol";
import { ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import { ActivateHostResponseSchema } from "@countersign/protocol/gen/publisher";
import { nodeCryptography, signerOf } from "@countersign/protocol/node";
import {
  activateHost,
  createFailedProofs,
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  type NewHostKey,
  type PublisherParts,
} from "@countersign/publisher";
import type { HostStore } from "@countersign/storage";
import { openMemoryHostStore, openMemoryPublisherStore } from "@countersign/storage/memory";
import { seededRandom } from "@countersign/testkit";
import {
  createHost,
  DEFAULT_LIMITS,
  type Host,
  type HostLimits,
  type HostParts,
  type PublisherClient,
} from "../../src/index.ts";

/** When the clocks of these tests stand, unless a test says otherwise. */
export const START_MS = Date.UTC(2026, 10, 24);
export const DAY_MS = 86_400_000;

/** A host's clocks: wall and run time, which a test may move apart. */
export interface TestClock {
  wallMs: number;
  monotonicMs: number;
}

/** What a machine asks for. */
export interface WorldProduct {
  readonly productId: number;
  readonly keyGroup: number;
  readonly applicationId: Uint8Array;
  readonly requiredCount: number;
  readonly setupKeyId: Uint8Array;
}

/** A publisher whose products are there, and how a host comes to serve it. */
export interface World {
  readonly publisherId: Uint8Array;
  readonly trustFile: Uint8Array;
  readonly parts: PublisherParts;
  /** The publisher's clock. */
  readonly time: { nowMs: number };
  readonly products: readonly WorldProduct[];
  readonly productKey: string;
}

/** One product of an application; several of one `application` are counted together. */
export interface WantedProduct {
  readonly requiredCount: number;
  readonly productClass?: ProductClass;
  readonly application?: string;
}

/** Many hosts of a test file share a publisher. */
const UNLIMITED = { maxHosts: 1_000_000, activationsPerHost: 1_000_000 };

/** A publisher in memory. The host key covers the products of the first one's application. */
export async function createWorld(
  wanted: readonly WantedProduct[] = [{ requiredCount: 25 }],
  hostKey: Partial<NewHostKey> = {},
): Promise<World> {
  const time = { nowMs: START_MS };
  const parts: PublisherParts = {
    ...{ store: openMemoryPublisherStore(), keyring: openMemoryKeyring(drawKey), cryptography: nodeCryptography },
    ...{ scrypt: quickScrypt, now: () => time.nowMs },
  };
  await createPublisher({ name: "Example", serviceUrl: "http://publisher.example" }, parts);
  const applications = new Map<string, Uint8Array>();
  const products: WorldProduct[] = [];
  for (const [i, { application = "Editor", productClass = "client", requiredCount }] of wanted.entries()) {
    const applicationId = applications.get(application) ?? (await defineApplication(application, parts)).applicationId;
    applications.set(application, applicationId);
    const made = await defineProduct({ applicationId, name: `Product ${i}`, productClass, requiredCount }, parts);
    products.push({ ...made, applicationId, setupKeyId: made.setupKeyIds[0] ?? new Uint8Array(9) });
  }
  const strongest = products[wanted.findIndex(({ productClass }) => productClass === "server")] ?? products[0];
  const { productKey } = await issueHostKey({ ...UNLIMITED, keyGroup: strongest?.keyGroup ?? 0, ...hostKey }, parts);
  const trustFile = new TextEncoder().encode(await exportTrust(parts));
  const publisher = await parts.store.transact((unit) => unit.publisher());
  assert.ok(publisher);
  return { publisherId: publisher.publisherId, trustFile, parts, time, products, productKey };
}

/** How a host of a test differs from a plain one. */
export interface HostChange {
  /** The same seed draws the same host id, instance and lineage secret. */
  readonly seed?: number;
  readonly limits?: Partial<HostLimits>;
  readonly wrapStore?: (store: HostStore) => HostStore;
  readonly wrapKeyring?: (keyring: Keyring) => Keyring;
  readonly wrapPublisher?: (publisher: PublisherClient) => PublisherClient;
  readonly parts?: Partial<HostParts>;
}

/** A host on a memory store that serves these publishers. */
export interface ServingHost {
  readonly host: Host;
  readonly store: HostStore;
  readonly keyring: Keyring;
  readonly clock: TestClock;
  /** The bytes of every request a publisher was sent. */
  readonly sent: Uint8Array[];
}

/** Opens one, installs the keys and activates. */
export async function openHost(worlds: readonly World[], change: HostChange = {}): Promise<ServingHost> {
  const random = change.seed === undefined ? nodeCryptography.random : seededRandom(change.seed).bytes;
  const clock: TestClock = { wallMs: START_MS, monotonicMs: 1000 };
  const on = { store: openMemoryHostStore(random), keyring: openMemoryKeyring(drawKey), clock, sent: [] };
  const opened = await reopenHost(on, worlds, change, random);
  for (const world of worlds) {
    await opened.host.addTrust(world.trustFile);
    await opened.host.installKey(world.productKey);
  }
  await opened.host.activateOnline(new Uint8Array());
  return opened;
}

/** A new process on the store and keys of an earlier one. */
export async function reopenHost(
  on: Omit<ServingHost, "host">,
  worlds: readonly World[],
  change: HostChange = {},
  random = nodeCryptography.random,
): Promise<ServingHost> {
  const { store, keyring, clock, sent } = on;
  const host = await createHost({
    store: change.wrapStore?.(store) ?? store,
    keyring: change.wrapKeyring?.(keyring) ?? keyring,
    cryptography: { ...nodeCryptography, random },
    scrypt: quickScrypt,
    clock: { wallMs: () => clock.wallMs, monotonicMs: () => clock.monotonicMs },
    random,
    computerName: "host-1",
    limits: { ...DEFAULT_LIMITS, ...change.limits },
    softwareVersion: "0.1.0",
    listeningPort: () => 1688,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    publisherClient: () => {
      const desk = deskOf(worlds, sent);
      return change.wrapPublisher?.(desk) ?? desk;
    },
    defer: () => new Promise((resolve) => setImmediate(resolve)),
    dataDirectory: "",
    ...change.parts,
  });
  return { host, store, keyring, clock, sent };
}

/** The first of some that are there. */
export function firstOf<T>([first]: readonly T[]): T {
  assert.ok(first !== undefined);
  return first;
}

/** Moves both clocks of a host on. */
export function pass(clock: TestClock, ms: number): void {
  clock.wallMs += ms;
  clock.monotonicMs += ms;
}

/** A client machine as a host sees it. */
export interface Machine {
  readonly cmid: Uint8Array;
  readonly components: readonly Uint8Array[];
}

/** With hardware of its own. */
export function newMachine(): Machine {
  const component = (kind: number) => Uint8Array.of(kind, ...nodeCryptography.random(8));
  return { cmid: nodeCryptography.random(16), components: [component(1), component(3)] };
}

/** The bytes of a machine's request; a new nonce each. */
export function askBytes(machine: Machine, product: WorldProduct, change: Partial<ActivateRequest> = {}): Uint8Array {
  const { cmid, components } = machine;
  return encodeActivateRequest({
    protocolMinor: 1,
    publisherId: undefined,
    cmid,
    nonce: nodeCryptography.random(32),
    fingerprint: fingerprintOf(packComponents(components), nodeCryptography.sha256),
    components,
    productId: product.productId,
    keyGroup: product.keyGroup,
    licenseStatus: 2,
    minutesToStateExpiry: 43_200,
    requiredCount: product.requiredCount,
    clientTimeMs: START_MS,
    previousCmid: undefined,
    lineage: [],
    manifestVersion: 1,
    policyVersion: 1,
    rlNumber: 0,
    knownCertHash: undefined,
    setupKeyId: product.setupKeyId,
    flags: 0,
    sdk: "test/1.0.0",
    clientName: "",
    ...change,
  });
}

/** Asks from this machine's own network, where no rate limit applies. */
export function ask(host: Host, bytes: Uint8Array): Promise<RpcReply> {
  return host.activate(bytes, { address: "127.0.0.1" });
}

/** What a reply says, without its proof. */
export interface Answer {
  readonly kind: "lease" | "count-report" | "reidentify" | "refused";
  /** The reason of a refusal, else "". */
  readonly reason: string;
  readonly seq: number;
  readonly count: number;
  readonly issuedMs: number;
  readonly leaseId: string;
  /** The leaf's bytes. */
  readonly leaf: string;
  /** What its holder presents next time. */
  readonly lineage: readonly LineageClaim[];
}

const NOTHING = { seq: 0, count: 0, issuedMs: 0, leaseId: "", leaf: "", lineage: [], reason: "" };

/** Reads a reply. */
export function answerOf(reply: RpcReply): Answer {
  if (!reply.ok) return { ...NOTHING, kind: "refused", reason: reply.refusal.reason };
  const { statementType, statement } = fromBinary(ActivateResponseSchema, reply.body);
  if (statementType === 3) {
    const directive = readReidentify(statement);
    assert.ok(directive.ok);
    return { ...NOTHING, kind: "reidentify", leaf: toHex(statement), issuedMs: directive.value.issuedMs };
  }
  const read = statementType === 1 ? readLease(statement) : readCountReport(statement);
  assert.ok(read.ok, "a statement that reads");
  const { seq, count, issuedMs, leaseId, hostId } = read.value;
  return {
    ...{ kind: statementType === 1 ? "lease" : "count-report", reason: "", seq, count, issuedMs },
    ...{ leaseId: toHex(leaseId), leaf: toHex(statement), lineage: [{ hostId, seq, leaseId }] },
  };
}

/** The rows and counters a test compares before and after. */
export async function contentsOf(store: HostStore) {
  const counters = await Promise.all([0, 1, 2, 3].map((seat) => store.counters(seat)));
  return { ...(await store.rowCounts()), counters, clock: await store.clock() };
}

/** scrypt at its real cost would make these suites minutes long; the tests over sockets pay it. */
const quickScrypt: PublisherParts["scrypt"] = async (secret, salt) => nodeCryptography.hmacSha256(salt, secret);
const drawKey = () => signerOf(generateKeyPairSync("ed25519").privateKey);

/** The publishers' services without a socket: whoever of them knows the request answers it. */
function deskOf(worlds: readonly World[], sent: Uint8Array[]): PublisherClient {
  const desk = { source: "192.0.2.1", failedProofs: createFailedProofs() };
  return {
    activateHost: async (request: Parameters<typeof activateHost>[0]) => {
      sent.push(request.payload);
      let refused: Error | undefined;
      for (const world of worlds) {
        const outcome = await activateHost(request, desk, world.parts);
        if (!outcome.ok) {
          refused = new RefusalError(outcome.refusal);
          if (outcome.refusal.reason === "DOCUMENT_FOREIGN") continue;
          throw refused;
        }
        const { certificate, trust } = outcome.value;
        return create(ActivateHostResponseSchema, {
          hostCert: certificate,
          rootSets: trust.rootSets.map(({ document }) => document),
          manifest: trust.manifest.document,
          policies: trust.policies.map(({ document }) => document),
        });
      }
      throw refused ?? new Error("no publisher");
    },
    getTrust: async () => {
      throw new Error("these hosts are given their trust file once");
    },
  };
}
