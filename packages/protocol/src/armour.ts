import { accept, type Outcome, refuse } from "./outcome.ts";

/** What an armoured block says it holds. Cosmetic: only the payload type counts. */
export type ArmourLabel = "TRUST" | "ACTIVATION REQUEST" | "ACTIVATION RESPONSE" | "HOST CERTIFICATE";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const COLUMNS = 64;
const MAX_TEXT = 1024 * 1024;
const BLOCK =
  /^-----BEGIN COUNTERSIGN ([A-Z ]{1,32})-----\n((?:[A-Za-z0-9+/=]{1,64}\n)+)-----END COUNTERSIGN \1-----\s*$/;

/** One block of text for a file (protocol.md §2.6). */
export function armour(label: ArmourLabel, bytes: Uint8Array): string {
  const lines = base64(bytes).match(new RegExp(`.{1,${COLUMNS}}`, "g")) ?? [];
  return [`-----BEGIN COUNTERSIGN ${label}-----`, ...lines, `-----END COUNTERSIGN ${label}-----`, ""].join("\n");
}

/** Exactly one block, canonical base64, full lines; nothing but white space around it. */
export function unarmour(text: string): Outcome<{ readonly label: string; readonly bytes: Uint8Array }> {
  if (text.length > MAX_TEXT)
    return refuse("ARMOUR_INVALID", `expected at most ${MAX_TEXT} characters, found ${text.length}`);
  const match = BLOCK.exec(text.replaceAll("\r\n", "\n").trimStart());
  if (match === null)
    return refuse("ARMOUR_INVALID", "expected one BEGIN COUNTERSIGN … END COUNTERSIGN block and nothing else");
  const lines = (match[2] ?? "").trimEnd().split("\n");
  if (lines.slice(0, -1).some((line) => line.length !== COLUMNS))
    return refuse("ARMOUR_INVALID", `expected lines of ${COLUMNS} characters`);
  const bytes = unbase64(lines.join(""));
  return bytes === undefined
    ? refuse("ARMOUR_INVALID", "expected canonical base64")
    : accept({ label: match[1] ?? "", bytes });
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const symbols = [18, 12, 6, 0].map((shift) => ALPHABET[(triple >> shift) & 63]).join("");
    text += i + 2 < bytes.length ? symbols : symbols.slice(0, bytes.length - i + 1).padEnd(4, "=");
  }
  return text;
}

/** Undefined unless encoding again gives the same text: no second spelling of the same bytes. */
function unbase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const symbols = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((symbols.length * 6) / 8));
  let [buffer, bits, at] = [0, 0, 0];
  for (const symbol of symbols) {
    buffer = ((buffer << 6) | ALPHABET.indexOf(symbol)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 255;
    }
  }
  return base64(bytes) === text ? bytes : undefined;
}
