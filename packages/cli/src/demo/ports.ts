import { once } from "node:events";
import { createServer } from "node:net";
import { EXIT } from "../terminal.ts";
import { ServiceNotStarted } from "./service-process.ts";

/** A port somebody would like to have, and who. */
export interface WantedPort {
  readonly whose: string;
  readonly port: number;
}

const MOST_ROUNDS = 3;

/** Starts something on the wanted ports, or on free ones in their place, and says which were replaced. */
export async function onFreePorts(
  wanted: readonly WantedPort[],
  note: (line: string) => void,
  start: (ports: readonly number[]) => Promise<unknown>,
): Promise<readonly number[]> {
  for (let round = 1; ; round++) {
    const ports: number[] = [];
    for (const { port } of wanted) ports.push(await freePort(port));
    try {
      await start(ports);
    } catch (error) {
      // Between looking and listening another program may take a port: then look again.
      const isTaken = error instanceof ServiceNotStarted && error.exitCode === EXIT.conflict;
      if (isTaken && round < MOST_ROUNDS) continue;
      throw error;
    }
    for (const [index, { whose, port }] of wanted.entries())
      if (ports[index] !== port) note(`port ${port} is taken: the ${whose} uses ${ports[index]} instead`);
    return ports;
  }
}

/** The port when it is free, else any free one. */
async function freePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? 0;
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, "0.0.0.0");
    await once(server, "listening");
    const bound = server.address();
    return typeof bound === "object" ? bound?.port : undefined;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
