// Saves generation after generation and prints each one that was answered for, until it is killed.
import { openTrustedStoreFile } from "../../src/node/trusted-store-file.ts";
import { encodeTrustedState } from "../../src/trusted-state-codec.ts";
import { sampleState } from "../sample-state.ts";

const store = await openTrustedStoreFile({ directory: process.argv[2] ?? "", bootId: "boot-1", anchor: "os" });
await store.load();
for (let generation = 1; ; generation++) {
  const saved = await store.save({
    body: encodeTrustedState({ ...sampleState(), generation }),
    marker: { rearmsUsed: 0 },
  });
  if (!saved.ok) throw new Error(saved.problem.detail);
  process.stdout.write(`${generation}\n`);
}
