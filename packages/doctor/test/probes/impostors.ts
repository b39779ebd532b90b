import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { GetHostInfoRequestSchema } from "@countersign/protocol/gen/activation";
import { TRANSPORT } from "./find.ts";
import { httpStranger, type Stranger } from "./strangers.ts";

/** Asks a real host whatever it is asked itself, after `change` bent the question; answers as that host does. */
async function between(port: number, change: (question: Question) => Question): Promise<Stranger> {
  return httpStranger(async (body, path) => {
    const isInfo = path.endsWith("GetHostInfo");
    const question = isInfo
      ? toBinary(GetHostInfoRequestSchema, change(fromBinary(GetHostInfoRequestSchema, body)))
      : body;
    const reply = await TRANSPORT({ host: "127.0.0.1", port }, isInfo ? "GetHostInfo" : "GetDocuments", question);
    return reply.kind === "answer" ? reply.bytes : new Uint8Array();
  });
}

type Question = ReturnType<typeof questionOf>;

function questionOf(nonce: Uint8Array, publisherId: Uint8Array) {
  return create(GetHostInfoRequestSchema, { nonce, publisherId });
}

/** A full host of a publisher of its own, which answers questions meant for ours with its own chain. */
export function forging(port: number, publisherId: Uint8Array): Promise<Stranger> {
  return between(port, ({ nonce }) => questionOf(nonce, publisherId));
}

/** Gives genuine answers of a host of ours that are to another question: what a recording can do. */
export function replaying(port: number): Promise<Stranger> {
  return between(port, ({ publisherId }) => questionOf(randomBytes(32), publisherId));
}

/** Passes everything on to a host of ours, unchanged. */
export function relaying(port: number): Promise<Stranger> {
  return between(port, (question) => question);
}
