import { REFUSALS, type RefusalReason, refusalReasonOf } from "@countersign/domain";
import { type VerifiedStatement, verifyStatement } from "@countersign/protocol";
import { adoptTrust } from "./adopt-trust.ts";
import { subjectOf } from "./attempt-series.ts";
import type { ChosenHost } from "./find-host.ts";
import { isAddress } from "./host-address.ts";
import type { DnsAnswer } from "./host-resolver.ts";
import type { HostTurn } from "./host-walk.ts";
import { trustFor } from "./newer-documents.ts";
import { observePresent, type Present } from "./publisher-session.ts";
import type { Session } from "./session.ts";
import { MAX_ANSWER_BYTES, type TransportReply } from "./transport.ts";
import type { AttemptSeries } from "./trusted-state.ts";

/** Addresses of one host that are tried in one attempt at most (protocol.md §11.3). */
const MAX_ADDRESSES = 4;

/** What one host gave. Only `statement` is believed; the rest chooses the next host and nothing else (I30). */
export type HostAnswer =
  | {
      readonly kind: "statement";
      readonly reply: Uint8Array;
      readonly verified: VerifiedStatement;
    }
  | {
      readonly kind: "no";
      readonly reason: RefusalReason;
      /** Of UNTRUSTED_HOST: which check failed. */
      readonly inner: RefusalReason | undefined;
      readonly detail: string;
      /** False: nothing arrived at all. */
      readonly replied: boolean;
      readonly retryAfterS: number;
    };

/** What one host gave, and the clocks when it came. */
export interface HeardAnswer {
  readonly answer: HostAnswer;
  /** The IP address that was reached, or tried last; "" = its name has none. */
  readonly address: string;
  readonly present: Present;
}

/** Sends the bytes of the series to the host whose turn it is and judges what comes back. */
export async function askHost(session: Session, series: AttemptSeries, turn: HostTurn): Promise<HeardAnswer> {
  const { reply, address } = await send(session, series, turn);
  const present = observePresent(session);
  if (reply.kind !== "answer") return { answer: refusedAnswer(reply), address, present };
  const { withinMs } = turn;
  const host = { ...turn.host, address };
  return { answer: await judge(session, { bytes: reply.bytes, series, host, withinMs, present }), address, present };
}

/** The first of its addresses that takes a connection gets the request; whoever then answers has answered for the host. */
async function send({ ports, settings }: Session, { request }: AttemptSeries, { host, withinMs }: HostTurn) {
  const question = { servers: settings.values.dnsServers, isWhole: host.why === "discovered" };
  const found = isAddress(host.host)
    ? ({ kind: "found", records: [host.host] } as const)
    : await ports.resolver.addresses(host.host, question);
  if (found.kind !== "found") return { reply: unresolved(host.host, found), address: "" };
  let last: { readonly reply: TransportReply; readonly address: string } | undefined;
  for (const address of found.records.slice(0, MAX_ADDRESSES)) {
    const reply = await ports.transport({ ...host, address }, "Activate", request, { withinMs });
    last = { reply, address };
    if (!isUnconnected(reply)) break;
  }
  return last ?? { reply: unresolved(host.host, { kind: "none", reason: "DNS_NO_RECORDS" }), address: "" };
}

/** The request cannot have arrived, so another address of the same host may be asked. */
function isUnconnected(reply: TransportReply): boolean {
  if (reply.kind !== "failure") return false;
  return reply.reason === "HOST_UNREACHABLE" ? reply.detail !== "reset" : reply.detail === "connect";
}

function unresolved(host: string, answer: Exclude<DnsAnswer<string>, { kind: "found" }>): TransportReply {
  const reason = answer.kind === "failed" ? answer.reason : "DNS_NAME_NOT_FOUND";
  const detail = answer.kind === "failed" ? answer.detail : `${host} has no address`;
  return { kind: "failure", reason, detail };
}

interface Reply {
  readonly bytes: Uint8Array;
  readonly series: AttemptSeries;
  readonly host: ChosenHost;
  readonly withinMs: number;
  readonly present: Present;
}

async function judge(session: Session, { bytes, series, host, withinMs, present }: Reply): Promise<HostAnswer> {
  const { ports, product } = session;
  if (bytes.length > MAX_ANSWER_BYTES.Activate) return untrusted("DOCUMENT_TOO_LARGE", `${bytes.length} bytes`);
  const known = { trust: session.trust, productId: product.productId };
  const question = { ...known, target: host, transport: ports.transport, withinMs };
  const trust = await trustFor(bytes, question, ports.cryptography);
  await adoptTrust(session, trust, present);
  const asked = {
    asked: subjectOf(session, series),
    trust: session.trust,
    wallMs: present.reading.wallMs,
    floorMs: session.state.clock.floorMs,
    knownCertificate: session.knownCertificate,
  };
  const outcome = await verifyStatement(bytes, asked, ports.cryptography);
  if (outcome.ok) return { kind: "statement", reply: bytes, verified: outcome.value };
  const { reason, detail } = outcome.refusal;
  // Two clocks that disagree are no rogue host (protocol.md §5.3).
  if (reason === "CLOCK_SKEW") return no(reason, detail);
  return untrusted(reason, detail);
}

function refusedAnswer(reply: Exclude<TransportReply, { kind: "answer" }>): HostAnswer {
  switch (reply.kind) {
    case "failure":
      return {
        kind: "no",
        reason: reply.reason,
        inner: undefined,
        detail: reply.detail,
        replied: false,
        retryAfterS: 0,
      };
    case "foreign":
      return untrusted("NOT_A_HOST", reply.detail);
    case "refusal": {
      const reason = refusalReasonOf(reply.reason);
      const { message: detail, retryAfterS } = reply;
      // A host of a later version may know reasons we do not; this one only says "not here".
      if (reason === undefined) return no("UNSUPPORTED_VERSION", `reason ${reply.reason}`);
      // What only a signed statement or this machine itself can say is worth nothing unsigned.
      if (REFUSALS[reason].rpcCode === "") return untrusted(reason, "said without a signature");
      return { kind: "no", reason, inner: undefined, detail, replied: true, retryAfterS };
    }
  }
}

type NoAnswer = Extract<HostAnswer, { kind: "no" }>;

function untrusted(inner: RefusalReason, detail: string): NoAnswer {
  return { ...no("UNTRUSTED_HOST", detail), inner };
}

function no(reason: RefusalReason, detail: string): NoAnswer {
  return { kind: "no", reason, inner: undefined, detail, replied: true, retryAfterS: 0 };
}
