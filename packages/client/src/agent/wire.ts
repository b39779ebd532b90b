import { REFUSALS, type Refusal, remedyOf } from "@countersign/domain";
import type { LicenseReport } from "../license-report.ts";

/** The one version of the agent's protocol there is (docs/protocol/agent-socket.md). */
export const AGENT_PROTOCOL_VERSION = 1;

/** Bytes of one line, its newline included, in either direction. */
export const MAX_LINE_BYTES = 64 * 1024;

/** The largest id of a request: every JSON reader holds it exactly. */
export const MAX_REQUEST_ID = 2 ** 31 - 1;

/** A refusal as it goes over the socket. */
export interface AgentError {
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
  /** Below `docs/`. */
  readonly page: string;
  /** Seconds after which to ask again; only where that helps. */
  readonly retryAfterS?: number;
}

/** A lease with what proves it. Bytes are base64 (RFC 4648 §4). */
export interface LeaseMessage {
  /** ActivateResponse with its certificate. */
  readonly reply: string;
  readonly cmid: string;
  /** Keys the hashes in `components`: with it another program compares them with the machine it runs on. */
  readonly salt: string;
  readonly components: string;
  readonly nonce: string;
  readonly receivedWallMs: number;
  readonly receivedFloorMs: number;
  /** TrustBundle: root sets and manifest. "" = too large for a line; then only one's own trust file is left. */
  readonly chain: string;
}

/** What the agent says of one product. */
export interface StatusMessage {
  /** 32 hexadecimal digits. */
  readonly publisherId: string;
  /** UUID. */
  readonly activationId: string;
  readonly name: string;
  readonly report: LicenseReport;
  /** Only where one product was asked for, and only while a lease is in force. */
  readonly lease?: LeaseMessage;
}

/** The refusal's form on the socket. */
export function agentErrorOf(refusal: Refusal): AgentError {
  const { reason, message, retryAfterS } = refusal;
  const told = { reason, message, remedy: remedyOf(refusal), page: REFUSALS[reason].page };
  return retryAfterS > 0 ? { ...told, retryAfterS } : told;
}
