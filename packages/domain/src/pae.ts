/** The bytes of an ASCII text; other characters are a bug of the caller. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * DSSE v1 pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`. Injective, so bytes signed
 * as one type are never valid as another (protocol.md §2.2).
 */
export function pae(type: string, body: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${type.length} ${type} ${body.length} `;
  const whole = new Uint8Array(head.length + body.length);
  for (let i = 0; i < head.length; i++) whole[i] = head.charCodeAt(i);
  whole.set(body, head.length);
  return whole;
}
