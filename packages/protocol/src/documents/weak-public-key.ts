const P = 2n ** 255n - 19n;

/** y coordinates of the points of order 1, 2, 4 and 8: with them one signature verifies for many messages. */
const SMALL_ORDER_Y = new Set([0n, 1n, P - 1n, ...eighthOrder()]);

/** True for a public key of small order or whose y is not canonical (protocol.md §2.5). */
export function isWeakPublicKey(publicKey: Uint8Array): boolean {
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = (y << 8n) | BigInt(i === 31 ? (publicKey[i] ?? 0) & 0x7f : (publicKey[i] ?? 0));
  return y >= P || SMALL_ORDER_Y.has(y);
}

/** A point of order 8 doubles to one of order 4, whose y is 0: so y⁴·d + 2y² − 1 = 0, solved for y² then y. */
function eighthOrder(): readonly bigint[] {
  const d = mod(-121665n * inverse(121666n));
  const root = squareRoot(mod(1n + d));
  if (root === undefined) return [];
  return [root, mod(-root)].flatMap((r) => {
    const y = squareRoot(mod((r - 1n) * inverse(d)));
    return y === undefined ? [] : [y, mod(-y)];
  });
}

function mod(value: bigint): bigint {
  return ((value % P) + P) % P;
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, factor] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * factor);
    factor = mod(factor * factor);
  }
  return result;
}

function inverse(value: bigint): bigint {
  return power(value, P - 2n);
}

function squareRoot(value: bigint): bigint | undefined {
  const candidate = power(value, (P + 3n) / 8n);
  for (const root of [candidate, mod(candidate * power(2n, (P - 1n) / 4n))])
    if (mod(root * root) === value) return root;
  return undefined;
}
