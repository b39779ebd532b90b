import { type Refusal, refuse } from "@countersign/domain";
import { DNS_OPCODE, type DnsMessage, encodeDnsQuery, rcodeName, readDnsMessage } from "@countersign/protocol";
import { type DnsServer, type Exchange, serverText } from "./tcp-exchange.ts";

/** What asking stands on. */
export interface Asking {
  readonly exchange: Exchange;
  readonly random: (length: number) => Uint8Array;
  readonly signal: AbortSignal;
}

/** An answer that was understood, or what stood in the way. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** A number for one message, that who does not see it cannot guess. */
export function messageId(random: Asking["random"]): number {
  const [high = 0, low = 0] = random(2);
  return (high << 8) | low;
}

/** Asks one server for the records of one type. That a name does not exist is an answer; a failing server is none. */
export async function askDns(
  server: DnsServer,
  question: { readonly name: string; readonly type: number },
  { exchange, random, signal }: Asking,
): Promise<Answer<DnsMessage>> {
  const id = messageId(random);
  const reply = await exchange(server, encodeDnsQuery(id, question.name, question.type), signal);
  if (!reply.ok) return reply;
  const at = serverText(server);
  const read = readDnsMessage(reply.bytes);
  const fault = read.ok ? whyNoAnswer(read.value, id, question) : read.detail;
  if (!read.ok || fault !== "") return { ok: false, refusal: refuse("DNS_BAD_PACKET", { server: at, detail: fault }) };
  const { rcode } = read.value;
  if (rcode === 0 || rcode === NXDOMAIN) return { ok: true, value: read.value };
  const about = { server: at, name: question.name, detail: rcodeName(rcode) };
  return { ok: false, refusal: rcode === REFUSED ? refuse("DNS_REFUSED", about) : refuse("DNS_SERVER_FAILURE", about) };
}

const NXDOMAIN = 3;
const REFUSED = 5;

function whyNoAnswer(
  message: DnsMessage,
  id: number,
  { name, type }: { readonly name: string; readonly type: number },
): string {
  if (message.id !== id || !message.isResponse || message.opcode !== DNS_OPCODE.query)
    return "it does not belong to the question";
  // Over TCP nothing has to be cut.
  if (message.isTruncated) return "it is truncated";
  const [asked] = message.questions;
  const isEcho = message.questions.length === 1 && asked?.name === name.toLowerCase() && asked.type === type;
  // A server that fails may leave the question out.
  if (!isEcho && (message.questions.length > 0 || message.rcode === 0)) return "it is about another name";
  return "";
}
