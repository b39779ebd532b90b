import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./source-files.ts";

const CHECKS = [
  { title: "the types hold in every room", command: "tsc", args: ["-p", "tsconfig.json"] },
  { title: "the core compiles without any platform's types", command: "tsc", args: ["-p", "tsconfig.core.json"] },
  {
    title: "rules, protocol and SDK use no built-in that Node 20 lacks",
    command: "tsc",
    args: ["-p", "tsconfig.sdk.json"],
  },
  { title: "format and lint find nothing", command: "biome", args: ["check", ".", "--error-on-warnings"] },
];

for (const { title, command, args } of CHECKS) {
  test(title, () => {
    const { status, stdout, stderr } = spawnSync(join(ROOT, "node_modules", ".bin", command), args, {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(status, 0, `${stdout}${stderr}`.slice(-4000));
  });
}
