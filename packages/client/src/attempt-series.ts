import {
  asciiBytes,
  fingerprintOf,
  LICENSE_STATUS,
  licenseStateOf,
  minutesToExpiry,
  startSeries,
  toHex,
} from "@countersign/domain";
import { encodeActivateRequest, NEVER_EXPIRES_MIN, productOf, REQUEST_FLAG } from "@countersign/protocol";
import { unpackComponents, vectorOf } from "./machine-check.ts";
import type { Present } from "./publisher-session.ts";
import { productIn, type Session } from "./session.ts";
import type { AttemptSeries, ProductState } from "./trusted-state.ts";

const PROTOCOL_MINOR = 1;
const NONCE_BYTES = 32;
const SERIES_RENEWAL_MS = 24 * 3_600_000;

/** Whether the kept bytes are asked with again; a refused nonce gives way at a scheduled attempt, once in 24 h (§5.5). */
export function keepsSeries(product: ProductState, nowMs: number): boolean {
  if (product.series === undefined) return false;
  if (!product.series.nonceRefused) return true;
  return product.seriesReplacedMs !== undefined && nowMs - product.seriesReplacedMs < SERIES_RENEWAL_MS;
}

/** Builds the one request of a new series (protocol.md §5.1). It is asked with only after it was saved. */
export function buildSeries(session: Session, { reading, now }: Present, interactive: boolean): AttemptSeries {
  const { ports, state, machine } = session;
  const pending = state.pending?.identity;
  const base = pending ?? state.identity;
  const components = vectorOf(machine, base.salt, ports.cryptography);
  const identity = { ...base, components, vmGenerationId: machine.vmGenerationId };
  const nonce = ports.cryptography.random(NONCE_BYTES);
  return {
    request: requestBytes(session, { identity, nonce }, { reading, now }, interactive),
    nonce,
    identity,
    isPendingIdentity: pending !== undefined,
    firstSend: startSeries(state.clock, reading),
    nonceRefused: false,
  };
}

/** What a statement must repeat byte for byte. */
export function subjectOf({ ports, product }: Session, { identity, nonce }: Pick<AttemptSeries, "identity" | "nonce">) {
  return {
    cmid: identity.cmid,
    fingerprint: fingerprintOf(identity.components, ports.cryptography.sha256),
    nonce,
    productId: product.productId,
    keyGroup: product.keyGroup,
  };
}

function requestBytes(
  session: Session,
  { identity, nonce }: Pick<AttemptSeries, "identity" | "nonce">,
  { reading, now }: Present,
  interactive: boolean,
): Uint8Array {
  const { state, trust, product, options, ports } = session;
  const own = productIn(state, session);
  const license = licenseStateOf(own.license, now);
  const isPending = state.pending !== undefined;
  return encodeActivateRequest({
    protocolMinor: PROTOCOL_MINOR,
    publisherId: trust.publisherId,
    cmid: identity.cmid,
    nonce,
    fingerprint: fingerprintOf(identity.components, ports.cryptography.sha256),
    components: unpackComponents(identity.components),
    productId: product.productId,
    keyGroup: product.keyGroup,
    licenseStatus: license.status,
    minutesToStateExpiry: license.remainingMs === undefined ? neverOrOver(license.status) : minutesToExpiry(license),
    requiredCount: product.requiredCount,
    clientTimeMs: Math.max(1, Math.round(reading.wallMs)),
    previousCmid: isPending ? state.identity.cmid : previousCmid(session, now.atMs),
    lineage: isPending ? [] : own.lineage,
    manifestVersion: trust.manifest.value.version,
    policyVersion: productOf(trust, product.productId)?.policyVersion ?? 0,
    rlNumber: trust.revocationList?.value.number ?? 0,
    knownCertHash: session.knownCertificate?.certHash,
    setupKeyId: own.setupKey?.header ?? new Uint8Array(9),
    flags: flagsOf(session, interactive),
    sdk: options.sdk,
    clientName: clientName(session, identity),
  });
}

/** The hash is keyed with the identity's salt: equal for one CMID, and it tells nobody who guesses a name that he guessed right. */
function clientName({ machine, settings, ports }: Session, { salt }: AttemptSeries["identity"]): string {
  const { computerName } = machine;
  if (computerName === "" || settings.values.clientNames === "off") return "";
  if (settings.values.clientNames === "on") return computerName;
  return `h-${toHex(ports.cryptography.hmacSha256(salt, asciiBytes(computerName))).slice(0, 16)}`;
}

/** A licence without end says "never"; a notification is over already. */
function neverOrOver(status: number): number {
  return status === LICENSE_STATUS.licensed ? NEVER_EXPIRES_MIN : 0;
}

/** Named for 30 days, so that an administrator can follow a machine across its change of CMID. */
function previousCmid({ state: { previous } }: Session, nowMs: number): Uint8Array | undefined {
  return previous !== undefined && nowMs < previous.untilMs ? previous.cmid : undefined;
}

function flagsOf({ machine, options, state }: Session, interactive: boolean): number {
  const set: readonly (readonly [boolean, number])[] = [
    [machine.isVirtual, REQUEST_FLAG.vm],
    [machine.isContainer, REQUEST_FLAG.container],
    [options.ephemeral, REQUEST_FLAG.ephemeral],
    [interactive, REQUEST_FLAG.interactive],
    [state.rearmed, REQUEST_FLAG.rearmed],
  ];
  return set.reduce((flags, [isSet, bit]) => (isSet ? flags | bit : flags), 0);
}
