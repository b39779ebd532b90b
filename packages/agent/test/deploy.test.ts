import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

const UNIT = join(import.meta.dirname, "..", "..", "..", "deploy", "systemd", "countersign-agent.service");
/** `systemd-analyze security` names 0 (nothing exposed) to 10. */
const MOST_EXPOSURE = 2.5;

function isThere(): boolean {
  try {
    execFileSync("systemd-analyze", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const skip = isThere() || process.env["CI"] !== undefined ? false : "systemd-analyze is not installed";

it("the agent's systemd unit holds no directive that systemd does not know, and leaves it little", { skip }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), "csu-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const unit = join(directory, "countersign-agent.service");
  // What it starts is installed on no test machine; everything else is judged as it is.
  writeFileSync(unit, readFileSync(UNIT, "utf8").replace("ExecStart=/usr/bin/countersign", "ExecStart=/bin/true"));
  const verified = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
  assert.equal(`${verified.stdout}${verified.stderr}`, "");
  const judged = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], { encoding: "utf8" });
  const exposure = Number(/Overall exposure level for .*: ([0-9.]+)/.exec(judged.stdout)?.[1]);
  t.diagnostic(`exposure ${exposure}`);
  assert.ok(exposure <= MOST_EXPOSURE, `expected at most ${MOST_EXPOSURE}, found ${exposure}`);
});
