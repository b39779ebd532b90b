import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Values } from "./transcript.ts";

const PORTS = ["publisherPort", "hostPort", "healthPort", "otherPort", "nobodysPort"];

/** Ports nobody has, and where the transcript plays. */
export async function startValues(directory: string): Promise<Values> {
  const values: Values = new Map([["here", directory]]);
  const servers = [];
  for (const name of PORTS) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    values.set(name, String((server.address() as AddressInfo).port));
    servers.push(server);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return values;
}

/** `mistakes-of-a-site.txt` as the title of a test. */
export function titleOf(file: string): string {
  return file.replace(/\.txt$/, "").replaceAll("-", " ");
}
