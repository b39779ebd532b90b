// The floor of any HTTP server on this runtime: node:http that answers the bytes it was sent. Prints its port.
import { createServer } from "node:http";

const size = Number(process.argv[2] ?? "0");
const answer = Buffer.alloc(size, 7);
const server = createServer((request, response) => {
  request.on("data", () => {});
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/proto", "content-length": answer.length });
    response.end(answer);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
