import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A name as labels of any bytes. */
export type Labels = readonly (string | Uint8Array)[];

/** A DNS server that answers every SRV question with the same records, and everything else with none. */
export async function lyingDns(records: readonly { readonly port: number; readonly target: Labels }[]) {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => socket.send(answerTo(question, records), from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    stop: () => new Promise<void>((done) => socket.close(() => done())),
  };
}

const SRV = 33;

function answerTo(question: Buffer, records: Parameters<typeof lyingDns>[0]): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const told = question.readUInt16BE(end - 4) === SRV ? records : [];
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8580, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(told.length, 6);
  return Buffer.concat([header, question.subarray(12, end), ...told.map(recordBytes)]);
}

/** The owner by a pointer to the question; priority and weight 0. */
function recordBytes({ port, target }: { readonly port: number; readonly target: Labels }): Buffer {
  const labels = target.map((label) => Buffer.from(label));
  const name = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
  const fixed = Buffer.from([
    0xc0,
    12,
    0,
    SRV,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    6 + name.length,
    0,
    0,
    0,
    0,
    port >> 8,
    port & 255,
  ]);
  return Buffer.concat([fixed, name]);
}
