import { decodeTrustedState } from "../trusted-state-codec.ts";
import type { StoreFiles } from "./store-files.ts";
import { readFrame, writeFrame } from "./store-frame.ts";

/** The two places of a state; each write goes to the one that does not hold the newest. */
export type Generation = "state.a" | "state.b";

/** What the two places hold together. */
export type Generations =
  | {
      readonly kind: "valid";
      readonly body: Uint8Array;
      readonly at: Generation;
      readonly generation: number;
      readonly recovered: boolean;
    }
  | { readonly kind: "none" }
  | { readonly kind: "invalid" }
  | { readonly kind: "newer"; readonly version: number };

const PLACES = ["state.a", "state.b"] as const satisfies readonly Generation[];

/** The newest valid state. `recovered`: the other place holds something torn, so the newest write may be lost. */
export async function readGenerations(files: StoreFiles, macKey: Uint8Array | undefined): Promise<Generations> {
  const found: { at: Generation; body: Uint8Array; generation: number }[] = [];
  let torn = 0;
  for (const at of PLACES) {
    const bytes = await files.read(at);
    if (bytes === undefined) continue;
    const frame = readFrame(bytes, macKey ?? new Uint8Array(32));
    if (frame.kind === "newer") return { kind: "newer", version: frame.version };
    // A body whose MAC holds but that is no state of ours is as good as torn.
    const generation = frame.kind === "whole" ? decodeTrustedState(frame.body)?.generation : undefined;
    if (frame.kind === "torn" || generation === undefined) torn += 1;
    else found.push({ at, body: frame.body, generation });
  }
  const [newest] = found.sort((a, b) => b.generation - a.generation);
  if (newest !== undefined) return { kind: "valid", ...newest, recovered: torn > 0 };
  return { kind: torn > 0 ? "invalid" : "none" };
}

/** Replaces one place whole: a crash at any step leaves it as it was, or new and complete (I35). */
export async function writeGeneration(
  files: StoreFiles,
  at: Generation,
  body: Uint8Array,
  macKey: Uint8Array,
): Promise<void> {
  await files.remove("state.new"); // left by a crash
  await files.writeNew("state.new", writeFrame(body, macKey));
  await files.rename("state.new", at);
  await files.syncDirectory();
}

/** Puts both places aside under `name.a` and `name.b`, for whoever looks into it. */
export async function quarantine(files: StoreFiles, name: string): Promise<void> {
  for (const at of PLACES) {
    if ((await files.read(at)) !== undefined) await files.rename(at, `${name}${at.slice("state".length)}`);
  }
  await files.syncDirectory();
}
