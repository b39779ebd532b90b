import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { agentPlacesIn } from "@countersign/client/node";

/** A message of the agent as JSON has it. */
export type Message = { [name: string]: unknown };

/** What a liar makes of one status of the honest agent. */
export type Lie = (product: Message) => Message;

/** The request that goes out for one that comes in; tells the liar which answer to bend. */
interface Asked {
  readonly id: number;
  readonly method: string;
}

/** A false agent: it passes everything on to the honest one at `path` and bends the answers. Returns its directory. */
export async function lyingAgent(
  t: TestContext,
  path: string,
  bend: (method: string, answer: Message) => Message,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "csl-"));
  mkdirSync(directory, { recursive: true });
  const server = createServer((program) => {
    const honest = connect(path);
    const methods = new Map<number, string>();
    program.on("error", () => undefined);
    honest.on("error", () => undefined);
    program.once("close", () => honest.destroy());
    honest.once("close", () => program.destroy());
    linesOf(program, (line) => {
      const { id, method } = JSON.parse(line) as Asked;
      methods.set(id, method);
      honest.write(`${line}\n`);
    });
    linesOf(honest, (line) => {
      const answer = JSON.parse(line) as Message;
      const method = methods.get(Number(answer["id"])) ?? "";
      program.write(`${JSON.stringify("event" in answer ? answer : bend(method, answer))}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(agentPlacesIn(directory).everybody, resolve));
  t.after(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Bends every status; what else is said stays true. */
export function bendingStatus(lie: Lie): (method: string, answer: Message) => Message {
  return (method, answer) => {
    if (method !== "status") return answer;
    const { products } = answer["result"] as { products: Message[] };
    return { ...answer, result: { products: products.map(lie) } };
  };
}

/** A connection that breaks ends its lines; either side may go at any time. */
function linesOf(socket: Socket, take: (line: string) => void): void {
  createInterface({ input: socket })
    .on("error", () => undefined)
    .on("line", take);
}
