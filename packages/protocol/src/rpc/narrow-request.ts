import { isZero } from "@countersign/domain";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { WIRE, WireFault, WireReader } from "../wire/wire-reader.ts";
import { type ActivateRequest, type LineageClaim, MAX_REQUEST_BYTES } from "./activate-values.ts";

/** The minor versions this host serves begin here (§2.7). */
const LEAST_MINOR = 1;
const MOST_COMPONENTS = 8;
const MOST_CLAIMS = 16;
const CLIENT_NAME = /^[A-Za-z0-9._-]{1,63}$/;
const SDK = /^[\x20-\x7e]{0,32}$/;
const NONE = new Uint8Array();

/** The door of the host: size before parsing, then every rule of protocol.md §5.1, once. */
export function narrowActivateRequest(bytes: Uint8Array): Outcome<ActivateRequest> {
  if (bytes.length > MAX_REQUEST_BYTES)
    return refuse("REQUEST_TOO_LARGE", `expected at most ${MAX_REQUEST_BYTES} bytes, found ${bytes.length}`);
  const draft = emptyDraft();
  try {
    readFields(bytes, draft, FIELDS);
  } catch (fault) {
    if (!(fault instanceof WireFault)) throw fault;
    return refuse("REQUEST_INVALID", `expected an ActivateRequest, found ${fault.message}`);
  }
  for (const [field, holds] of RULES) {
    if (!holds(draft)) return refuse("REQUEST_INVALID", `field ${field} breaks its rule`, field);
  }
  return accept({ ...draft, licenseStatus: draft.licenseStatus as ActivateRequest["licenseStatus"] });
}

/** A request while it is read: as absent fields leave it, nothing checked yet. */
type Draft = { -readonly [Field in Exclude<keyof ActivateRequest, "licenseStatus">]: ActivateRequest[Field] } & {
  licenseStatus: number;
  readonly components: Uint8Array[];
  readonly lineage: LineageClaim[];
};
type ClaimDraft = { -readonly [Field in keyof LineageClaim]: LineageClaim[Field] };
/** Readers by tag: a known field number under another wire type is not in the table and refused. */
type FieldReader<Target> = (to: Target, from: WireReader) => void;
type Fields<Target> = ReadonlyMap<number, FieldReader<Target>>;

function emptyDraft(): Draft {
  return {
    protocolMinor: 0,
    publisherId: undefined,
    cmid: NONE,
    nonce: NONE,
    fingerprint: NONE,
    components: [],
    productId: 0,
    keyGroup: 0,
    licenseStatus: 0,
    minutesToStateExpiry: 0,
    requiredCount: 0,
    clientTimeMs: 0,
    previousCmid: undefined,
    lineage: [],
    manifestVersion: 0,
    policyVersion: 0,
    rlNumber: 0,
    knownCertHash: undefined,
    setupKeyId: NONE,
    flags: 0,
    sdk: "",
    clientName: "",
  };
}

const number = (field: number) => field * 8 + WIRE.varint;
const length = (field: number) => field * 8 + WIRE.lengthDelimited;

const FIELDS: Fields<Draft> = new Map<number, FieldReader<Draft>>([
  [number(1), (to, from) => (to.protocolMinor = from.uint32())],
  [length(2), (to, from) => (to.cmid = from.bytes())],
  [length(3), (to, from) => (to.nonce = from.bytes())],
  [length(4), (to, from) => (to.fingerprint = from.bytes())],
  [length(5), (to, from) => to.components.push(from.bytes())],
  [number(6), (to, from) => (to.productId = from.uint32())],
  [number(7), (to, from) => (to.keyGroup = from.uint32())],
  [number(8), (to, from) => (to.licenseStatus = from.uint32())],
  [number(9), (to, from) => (to.minutesToStateExpiry = from.uint32())],
  [number(10), (to, from) => (to.requiredCount = from.uint32())],
  [number(11), (to, from) => (to.clientTimeMs = from.uint64())],
  [length(12), (to, from) => (to.previousCmid = present(from.bytes()))],
  [length(13), (to, from) => to.lineage.push(readClaim(from.bytes()))],
  [number(14), (to, from) => (to.manifestVersion = from.uint64())],
  [number(15), (to, from) => (to.policyVersion = from.uint64())],
  [number(16), (to, from) => (to.rlNumber = from.uint64())],
  [length(17), (to, from) => (to.knownCertHash = present(from.bytes()))],
  [length(18), (to, from) => (to.setupKeyId = from.bytes())],
  [number(19), (to, from) => (to.flags = from.uint32())],
  [length(20), (to, from) => (to.sdk = byteText(from.bytes()))],
  [length(21), (to, from) => (to.clientName = byteText(from.bytes()))],
  [length(22), (to, from) => (to.publisherId = present(from.bytes()))],
]);

const CLAIM_FIELDS: Fields<ClaimDraft> = new Map<number, FieldReader<ClaimDraft>>([
  [length(1), (to, from) => (to.hostId = from.bytes())],
  [number(2), (to, from) => (to.seq = from.uint64())],
  [length(3), (to, from) => (to.leaseId = from.bytes())],
]);

function readFields<Target>(bytes: Uint8Array, target: Target, fields: Fields<Target>): void {
  const reader = new WireReader(bytes);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    const read = fields.get(tag);
    if (read !== undefined) read(target, reader);
    else if (fields.has(number(tag >>> 3)) || fields.has(length(tag >>> 3)))
      throw new WireFault(`field ${tag >>> 3} in another wire type`);
    else reader.skip(tag);
  }
}

function readClaim(bytes: Uint8Array): LineageClaim {
  const claim: ClaimDraft = { hostId: NONE, seq: 0, leaseId: NONE };
  readFields(bytes, claim, CLAIM_FIELDS);
  return claim;
}

function present(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === 0 ? undefined : bytes;
}

/** One character a byte: what is not ASCII then breaks its field's rule. */
function byteText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const isId = (bytes: Uint8Array, size: number) => bytes.length === size && !isZero(bytes);
const isOptionalId = (bytes: Uint8Array | undefined, size: number) => bytes === undefined || isId(bytes, size);
const isExact = (value: number) => value < 2 ** 53;

/** In the order of §5.1; the first rule that does not hold names its field. */
const RULES: readonly (readonly [field: string, holds: (draft: Draft) => boolean])[] = [
  ["protocol_minor", (draft) => draft.protocolMinor >= LEAST_MINOR],
  ["cmid", (draft) => isId(draft.cmid, 16)],
  ["nonce", (draft) => isId(draft.nonce, 32)],
  ["fingerprint", (draft) => isId(draft.fingerprint, 32)],
  ["components", (draft) => draft.components.length <= MOST_COMPONENTS && draft.components.every(isComponent)],
  ["product_id", (draft) => draft.productId > 0],
  ["key_group", (draft) => draft.keyGroup > 0 && draft.keyGroup < 2 ** 20],
  ["license_status", (draft) => draft.licenseStatus <= 6],
  ["required_count", (draft) => draft.requiredCount >= 1 && draft.requiredCount <= 10_000],
  ["client_time_ms", (draft) => draft.clientTimeMs > 0 && isExact(draft.clientTimeMs)],
  ["previous_cmid", (draft) => isOptionalId(draft.previousCmid, 16)],
  ["lineage", (draft) => draft.lineage.length <= MOST_CLAIMS && draft.lineage.every(isClaim)],
  ["manifest_version", (draft) => isExact(draft.manifestVersion)],
  ["policy_version", (draft) => isExact(draft.policyVersion)],
  ["rl_number", (draft) => isExact(draft.rlNumber)],
  ["known_cert_hash", (draft) => isOptionalId(draft.knownCertHash, 32)],
  ["setup_key_id", (draft) => isId(draft.setupKeyId, 9)],
  ["sdk", (draft) => SDK.test(draft.sdk)],
  ["client_name", (draft) => draft.clientName === "" || CLIENT_NAME.test(draft.clientName)],
  ["publisher_id", (draft) => isOptionalId(draft.publisherId, 16)],
];

function isComponent(component: Uint8Array): boolean {
  return component.length === 9;
}

function isClaim(claim: LineageClaim): boolean {
  return isId(claim.hostId, 16) && isId(claim.leaseId, 16) && isExact(claim.seq);
}
