import { type Refusal, refuse } from "@countersign/domain";
import {
  DNS_OPCODE,
  type DnsMessage,
  encodeDnsUpdate,
  rcodeName,
  readDnsMessage,
  signTsig,
  type TsigHmac,
  type TsigKey,
  verifyTsig,
  type ZoneChange,
} from "@countersign/protocol";
import { type Answer, type Asking, messageId } from "./ask-dns.ts";
import { type DnsServer, serverText } from "./tcp-exchange.ts";

/** What signing stands on. */
export interface Signing {
  readonly hmac: TsigHmac;
  readonly wallMs: () => number;
}

/** One update, for one server. */
export interface ZoneUpdate {
  readonly zone: string;
  readonly changes: readonly ZoneChange[];
  readonly key: TsigKey | undefined;
}

/** Sends one update to one server and reads what it says of it; with a key nothing unsigned is a yes (RFC 8945 §5.3). */
export async function sendUpdate(
  server: DnsServer,
  update: ZoneUpdate,
  asking: Asking,
  signing: Signing,
): Promise<Answer<undefined>> {
  const { zone, changes, key } = update;
  const id = messageId(asking.random);
  const message = encodeDnsUpdate(id, zone, changes);
  const nowS = () => Math.floor(signing.wallMs() / 1000);
  const signed = key === undefined ? undefined : signTsig(message, key, nowS(), signing.hmac);
  const reply = await asking.exchange(server, signed?.bytes ?? message, asking.signal);
  if (!reply.ok) return reply;
  const about: UpdateContext = { server: serverText(server), zone, key: key?.name ?? "", nowMs: signing.wallMs() };
  if (key === undefined || signed === undefined) {
    const read = readDnsMessage(reply.bytes);
    if (!read.ok) return badPacket(about, read.detail);
    return judge({ kind: "unsigned", message: read.value, error: 0 }, id, false, about);
  }
  const verdict = verifyTsig(reply.bytes, { key, mac: signed.mac }, nowS(), signing.hmac);
  return verdict.ok ? judge(verdict.value, id, true, about) : badPacket(about, verdict.detail);
}

interface UpdateContext {
  readonly server: string;
  readonly zone: string;
  readonly key: string;
  readonly nowMs: number;
}

/** What a server says of an update: its response code, and of a signature what it says of ours. */
interface Said {
  readonly kind: "signed" | "unsigned";
  readonly message: DnsMessage;
  readonly error: number;
  readonly serverTimeS?: number;
}

function judge(said: Said, id: number, isSignatureWanted: boolean, about: UpdateContext): Answer<undefined> {
  const { message, error, kind } = said;
  if (message.id !== id || !message.isResponse || message.opcode !== DNS_OPCODE.update)
    return badPacket(about, "it does not belong to the update");
  if (message.isTruncated) return badPacket(about, "it is truncated");
  const refusal = error === 0 ? refusalOfRcode(message.rcode, about) : refusalOfSignature(error, said, about);
  if (refusal !== undefined) return { ok: false, refusal };
  if (kind === "signed" || !isSignatureWanted) return { ok: true, value: undefined };
  const detail = "its answer is not signed";
  return { ok: false, refusal: refuse("DNS_UPDATE_UNCONFIRMED", { server: about.server, detail }) };
}

function refusalOfSignature(error: number, { serverTimeS }: Said, about: UpdateContext): Refusal {
  if (error === 16 || error === 22) return refuse("DNS_BADSIG", { server: about.server });
  if (error === 17) return refuse("DNS_BADKEY", { server: about.server, key: about.key });
  if (error === 18) return refuse("DNS_BADTIME", { server: about.server, detail: skewText(serverTimeS, about.nowMs) });
  return refuse("DNS_BAD_PACKET", { server: about.server, detail: `its signature says ${rcodeName(error)}` });
}

function refusalOfRcode(rcode: number, { server, zone }: UpdateContext): Refusal | undefined {
  switch (rcodeName(rcode)) {
    case "NOERROR":
      return undefined;
    case "REFUSED":
      return refuse("DNS_REFUSED", { server, name: zone });
    case "NOTAUTH":
      return refuse("DNS_NOT_AUTHORITATIVE", { server, zone });
    case "NOTZONE":
      return refuse("DNS_NOT_ZONE", { server, zone });
    case "NOTIMP":
      return refuse("DNS_NOT_IMPLEMENTED", { server });
    default:
      return refuse("DNS_SERVER_FAILURE", { server, name: zone, detail: rcodeName(rcode) });
  }
}

/** The server's clock and how far this one is from it: who reads it knows which to set. */
function skewText(serverTimeS: number | undefined, nowMs: number): string {
  if (serverTimeS === undefined) return "the server does not say its time";
  const offS = Math.round(nowMs / 1000 - serverTimeS);
  const far = Math.abs(offS) < 120 ? `${Math.abs(offS)} s` : `${Math.round(Math.abs(offS) / 60)} min`;
  const serverTime = new Date(Math.min(serverTimeS * 1000, MOST_DATE_MS)).toISOString();
  return `${far} ${offS > 0 ? "ahead" : "behind"}, the server's clock says ${serverTime}`;
}

/** The last instant a Date holds: 48 bits of seconds go beyond it. */
const MOST_DATE_MS = 8.64e15;

function badPacket({ server }: UpdateContext, detail: string): Answer<undefined> {
  return { ok: false, refusal: refuse("DNS_BAD_PACKET", { server, detail }) };
}
