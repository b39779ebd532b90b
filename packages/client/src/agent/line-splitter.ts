import { MAX_LINE_BYTES } from "./wire.ts";

/** Whole lines out of bytes as they come; "too-long": the rest of the stream has no meaning any more. */
export interface LineSplitter {
  push(chunk: Uint8Array): readonly string[] | "too-long";
}

const NEWLINE = 0x0a;

/** Keeps at most one unfinished line. Bytes that are no UTF-8 become U+FFFD, which no JSON of ours holds. */
export function lineSplitter(limitBytes = MAX_LINE_BYTES): LineSplitter {
  let kept: Uint8Array = new Uint8Array();
  const decoder = new TextDecoder();
  return {
    push(chunk) {
      const lines: string[] = [];
      let rest = chunk;
      for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
        if (kept.length + end + 1 > limitBytes) return "too-long";
        lines.push(decoder.decode(joined(kept, rest.subarray(0, end))));
        kept = new Uint8Array();
        rest = rest.subarray(end + 1);
      }
      if (kept.length + rest.length >= limitBytes) return "too-long";
      kept = joined(kept, rest);
      return lines;
    },
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a, 0);
  whole.set(b, a.length);
  return whole;
}
