import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import { signerOf } from "@countersign/protocol/node";
import { MACHINE_STORIES, type MachineStory, tellMachineStory } from "../src/index.ts";
import { REAL } from "./platform.ts";

const ANEW = process.env["COUNTERSIGN_GOLDEN"] === "write";
const REMARK =
  "Compared exactly by packages/simulator/test/machine-stories.test.ts; made anew with COUNTERSIGN_GOLDEN=write in its environment.";

for (const [name, story] of Object.entries(MACHINE_STORIES)) {
  test(`${story.title}: every state, event and /xpr line as in golden/${name}.txt`, async () => {
    const found = await written(story);
    const path = join(import.meta.dirname, "golden", `${name}.txt`);
    if (ANEW) writeFileSync(path, found);
    assert.ok(existsSync(path), `there is no golden/${name}.txt yet`);
    assert.deepEqual(found.split("\n"), readFileSync(path, "utf8").split("\n"));
  });
}

test("without a host a licence lasts to day 190 at most, its grace 30 days more, and one answer brings it back", async () => {
  const lines = (await written(MACHINE_STORIES.outage)).split("\n");
  const states = lines.flatMap((line) => {
    const [, day, status] = /^day +(\d+) \d\d:\d\d {2}state {4}(\d)/.exec(line) ?? [];
    return day === undefined ? [] : [[Number(day), Number(status)]];
  });
  assert.deepEqual(states, [
    ...[
      [0, LICENSE_STATUS.initialGrace],
      [0, LICENSE_STATUS.licensed],
    ],
    // Renewed last on day 7: 180 days from there, and 30 more.
    ...[
      [187, LICENSE_STATUS.additionalGrace],
      [217, LICENSE_STATUS.notification],
      [220, LICENSE_STATUS.licensed],
    ],
  ]);
  const warned = lines.filter((line) => line.includes("  warning  ")).map((line) => Number(line.slice(4, 7)));
  assert.deepEqual(warned, [14, 157, 187], "renewal overdue, 30 days before the end, and none once it is over");
});

async function written(story: MachineStory): Promise<string> {
  const lines = await tellMachineStory(story, { ...REAL, drawKey: keysInTurn() });
  return `${[`# ${REMARK}`, `# ${story.title}`, "", ...lines].join("\n")}\n`;
}

/** The same keys in each run: a trust file, and with it a setup key, is made from them. */
function keysInTurn(): () => ReturnType<typeof REAL.drawKey> {
  const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
  let drawn = 0;
  return () => {
    const secret = Buffer.alloc(32, ++drawn);
    const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, secret]), format: "der", type: "pkcs8" });
    return signerOf(key);
  };
}
