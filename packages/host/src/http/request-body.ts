import type { AnyRequest, AnyResponse } from "./any-http.ts";

/** What is still read of a body that was refused for its size, so that the refusal reaches its sender. */
const MAX_PASSED_OVER_BYTES = 256 * 1024;

/** A body, or how large it already was when it was given up. */
export type RequestBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly length: number };

/**
 * Calls `done` once: with the whole body, or as soon as it is known to be longer than `limit`. Never for a body that
 * breaks off; a peer that goes on sending far beyond the limit loses its connection or stream.
 */
export function readBody(
  request: AnyRequest,
  response: AnyResponse,
  limit: number,
  done: (body: RequestBody) => void,
): void {
  const announced = Number(request.headers["content-length"] ?? 0);
  const chunks: Buffer[] = [];
  let length = 0;
  let isGivenUp = false;
  const giveUp = (found: number) => {
    isGivenUp = true;
    chunks.length = 0;
    done({ ok: false, length: found });
  };
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (isGivenUp) {
      if (length > limit + MAX_PASSED_OVER_BYTES) response.destroy();
    } else if (length > limit) giveUp(length);
    else chunks.push(chunk);
  });
  request.on("error", () => response.destroy());
  request.on("end", () => {
    if (isGivenUp) return;
    const [first = Buffer.alloc(0)] = chunks;
    done({ ok: true, bytes: chunks.length === 1 ? first : Buffer.concat(chunks) });
  });
  if (announced > limit) giveUp(announced);
}
