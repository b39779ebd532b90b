import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { DnsDomainStatusSchema } from "@countersign/protocol/gen/host_admin";
import { startBind, withoutBind } from "@countersign/testkit/node";
import { recordLines } from "../src/dns-records.ts";

const NAMES = ["_countersign._tcp.corp.test", "_abcdefgh._sub._countersign._tcp.corp.test"];
const domain = create(DnsDomainStatusSchema, {
  domain: "corp.test",
  records: NAMES.map((name) => ({ name, ttlS: 86_400, priority: 10, weight: 5, port: 1700, target: "kms.corp.test" })),
});

describe("records for somebody else's hands", () => {
  it("of BIND are lines of a zone file", { skip: withoutBind }, () => {
    const directory = mkdtempSync(join(tmpdir(), "countersign-zone-"));
    try {
      const file = join(directory, "corp.test.zone");
      const head =
        "@ 300 IN SOA ns hostmaster 1 3600 600 86400 60\n@ 300 IN NS ns\nns 300 IN A 127.0.0.1\nkms 300 IN A 127.0.0.1\n";
      writeFileSync(
        file,
        head +
          recordLines("bind", domain)
            .map((line) => `${line}\n`)
            .join(""),
      );
      const checked = spawnSync("named-checkzone", ["-D", "corp.test", file], { encoding: "utf8" });
      assert.equal(checked.status, 0, checked.stdout + checked.stderr);
      for (const name of NAMES)
        assert.match(
          checked.stdout,
          new RegExp(`^${name}\\.\\s+86400\\s+IN\\s+SRV\\s+10 5 1700 kms\\.corp\\.test\\.$`, "m"),
        );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("of nsupdate are updates that BIND takes", { skip: withoutBind }, async () => {
    const bind = await startBind({ zones: [{ name: "corp.test" }] });
    try {
      const lines = recordLines("nsupdate", domain).flatMap((line) => /^update (.*)$/.exec(line)?.[1] ?? []);
      assert.equal(lines.length, 2);
      await bind.update(...lines);
      for (const name of NAMES)
        assert.deepEqual(await bind.query(name, "SRV"), [`${name}. 86400 IN SRV 10 5 1700 kms.corp.test.`]);
    } finally {
      await bind.stop();
    }
  });

  it("of Windows name zone, name in it and a TTL as .NET writes it", () => {
    assert.equal(
      recordLines("windows", domain)[1],
      "Add-DnsServerResourceRecord -Srv -ZoneName 'corp.test' -Name '_abcdefgh._sub._countersign._tcp' -DomainName 'kms.corp.test.' -Priority 10 -Weight 5 -Port 1700 -TimeToLive 1.00:00:00",
    );
  });

  it("are none where there is nothing to publish", () => {
    for (const format of ["bind", "windows", "generic", "nsupdate"] as const)
      assert.deepEqual(recordLines(format, create(DnsDomainStatusSchema, { domain: "corp.test" })), []);
  });
});
