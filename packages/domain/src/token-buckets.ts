/** A bounded table of token buckets; the source that was silent longest is forgotten first. */
export interface TokenBuckets {
  /** 0 when the token was there, else the seconds until one will be. */
  take(source: string, nowMs: number): number;
}

/** `perSecond` tokens flow into every bucket of `burst`; at most `maxBuckets` are remembered (protocol.md §5.6). */
export function tokenBuckets(burst: number, perSecond: number, maxBuckets: number): TokenBuckets {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(source, nowMs) {
      const known = buckets.get(source) ?? { tokens: burst, atMs: nowMs };
      const tokens = Math.min(burst, known.tokens + (Math.max(0, nowMs - known.atMs) / 1000) * perSecond);
      buckets.delete(source);
      buckets.set(source, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
      if (buckets.size > maxBuckets) forgetOldest(buckets);
      return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    },
  };
}

function forgetOldest(buckets: Map<string, unknown>): void {
  const [oldest] = buckets.keys();
  if (oldest !== undefined) buckets.delete(oldest);
}
