import {
  type KnownProduct,
  type LeaseMessage,
  type LeaseProof,
  type Licensing,
  type LicensingClient,
  MAX_LINE_BYTES,
  type StatusMessage,
} from "@countersign/client";
import { toUuid } from "@countersign/domain";
import { publisherText } from "./machine.ts";

/** The chain is left out when it would make the line too long; the rest of a status stays far below the half. */
const MAX_CHAIN_TEXT = MAX_LINE_BYTES / 2;

/** What is said of one product; `proved`: with its lease and what proves it. */
export function statusMessage(
  licensing: Licensing,
  { activationId, name }: KnownProduct,
  client: LicensingClient,
  proved: boolean,
): StatusMessage {
  const proof = proved ? client.proof() : undefined;
  return {
    publisherId: publisherText(licensing),
    activationId: toUuid(activationId),
    name,
    report: { ...client.status(), keeper: "agent" },
    ...(proof && { lease: leaseMessage(proof) }),
  };
}

function leaseMessage({ evidence, chain }: LeaseProof): LeaseMessage {
  const { reply, identity, nonce, receivedWallMs, receivedFloorMs } = evidence;
  const chainText = base64(chain);
  return {
    reply: base64(reply),
    cmid: toUuid(identity.cmid),
    salt: base64(identity.salt),
    components: base64(identity.components),
    nonce: base64(nonce),
    ...{ receivedWallMs, receivedFloorMs },
    chain: chainText.length > MAX_CHAIN_TEXT ? "" : chainText,
  };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}
