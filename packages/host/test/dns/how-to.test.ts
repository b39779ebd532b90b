import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { REFUSALS } from "@countersign/domain";
import { withoutBind } from "@countersign/testkit/node";
import { readConfiguration } from "../../src/node/configuration-file.ts";

const PAGES = new URL("../../../../docs/how-to/", import.meta.url);
const page = (name: string) => readFileSync(new URL(name, PAGES), "utf8");
const blocksOf = (name: string, language: string) =>
  [...page(name).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    (match) => match[1] ?? "",
  );

describe("the pages about publishing", () => {
  const directory = mkdtempSync(join(tmpdir(), "countersign-how-to-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("show configurations that a host takes", () => {
    const pages = readdirSync(PAGES).filter((name) => blocksOf(name, "yaml").some((text) => /^dns:/m.test(text)));
    assert.ok(pages.length >= 4, pages.join(" "));
    for (const name of pages)
      for (const text of blocksOf(name, "yaml")) {
        const read = readConfiguration(text);
        assert.ok(read.ok, read.ok ? "" : `${name}: ${JSON.stringify(read.problems)}`);
      }
  });

  it("show a named.conf that BIND takes", { skip: withoutBind }, () => {
    const [text = ""] = blocksOf("publish-in-bind.md", "text");
    const file = join(directory, "named.conf");
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync("named-checkconf", [file], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
    assert.match(text, /update-policy/);
  });

  it("name reasons that there are", () => {
    const named = [...page("publish-in-bind.md").matchAll(/`(DNS_\w+)`/g)].map((match) => match[1] ?? "");
    assert.ok(named.length > 4);
    for (const reason of named) assert.ok(Object.hasOwn(REFUSALS, reason), reason);
  });
});
